using System.Globalization;
using System.Text.RegularExpressions;
using Ebpf.Asm;
using static Ebpf.VerifierMistake;

namespace Ebpf.Verifier;

/// <summary>What program and registers tell about a mistake beyond what is true of all of its kind: which map, how many bytes, since when.</summary>
internal static partial class MistakeDetails
{
    private const string CallThroughRegister = "unknown opcode 8d";

    /// <summary>The texts for one refusal.</summary>
    /// <param name="diagnosis">What is known of it.</param>
    /// <param name="listing">The program.</param>
    /// <returns>What takes the place of the general texts; <c>null</c> for what does not.</returns>
    public static (string? Explanation, string? Remedy) Of(VerifierDiagnosis diagnosis, ProgramListing listing) => diagnosis.Rule.Mistake switch
    {
        UnsupportedInstruction when diagnosis.Verdict.Contains(CallThroughRegister) => (
            "Opcode 8d is a call through a register, which no program can make. clang writes it for every helper when it does not "
            + "optimise, and for calls through function pointers.",
            "Compile with -O2. If the program calls through a function pointer itself, call the functions directly, chosen by a switch."),
        UnknownHelper or HelperNotAllowed when HelperCalledAt(diagnosis, listing) is { } helper => OfHelper(helper, diagnosis.Rule.Mistake),
        StackOutOfBounds or UninitializedStack or VariableStackOffset => OfStack(diagnosis, listing),
        _ => default,
    };

    private static Helper? HelperCalledAt(VerifierDiagnosis diagnosis, ProgramListing listing) =>
        diagnosis.Step is { } step && listing.InstructionAt(step.Instruction) is { IsHelperCall: true, Helper: { } helper } ? helper : null;

    private static (string?, string?) OfHelper(Helper helper, VerifierMistake mistake)
    {
        string? name = helper.KernelName();
        if (helper.Since() is { } since)
        {
            return mistake == UnknownHelper
                ? ($"{name} is there since Linux {since}: this kernel is older, or was built without it.", null)
                : ($"Programs of this type cannot call {name} (since Linux {since}), or only with another attach type, a capability, or a newer kernel.", null);
        }

        // What this kernel knows and this library does not has come since.
        if (mistake != UnknownHelper) return default;
        return (
            string.Create(
                CultureInfo.InvariantCulture,
                $"No kernel is known to have a helper with the number {(int)helper}: the last one is {(int)HelperNames.Last}, {HelperNames.Last.KernelName()}."),
            "Look for a number that is cast to a function pointer, for a declaration of a helper with a wrong number, and for inline assembly.");
    }

    /// <summary>Reads and writes beyond the stack: how much of it there is, and of which map key or value should be there.</summary>
    private static (string?, string?) OfStack(VerifierDiagnosis diagnosis, ProgramListing listing)
    {
        foreach (string line in diagnosis.Verdict)
        {
            if (StackAccess.Match(line) is not { Success: true } access) continue;
            if (!int.TryParse(access.Groups["off"].ValueSpan, CultureInfo.InvariantCulture, out int offset)
                || !int.TryParse(access.Groups["size"].ValueSpan, CultureInfo.InvariantCulture, out int size)) continue;
            Register? register = byte.TryParse(access.Groups["reg"].ValueSpan, CultureInfo.InvariantCulture, out byte number) ? (Register)number : null;
            MapArgument? map = register is { } of ? MapArgument.Of(diagnosis, listing, of, size) : null;
            string? range = !access.Groups["var"].Success ? null
                : Range(access.Groups["base"].ValueSpan, access.Groups["mask"].ValueSpan, offset)
                ?? (register is { } pointer && diagnosis.State?[pointer] is { Kind: "fp" } value ? Range(value.Text) : null);
            string? unset = access.Groups["at"].Success ? access.Groups["at"].Value : null;
            return (
                Explain(diagnosis.Rule.Mistake, offset, size, range, unset, map),
                map is null || range is not null || unset is not null || offset + size <= 0 ? null : map.Remedy(-offset));
        }

        return default;
    }

    private static string? Explain(VerifierMistake mistake, int offset, int size, string? range, string? unset, MapArgument? map)
    {
        string what = map is null ? $"The access is to {Bytes(size)}" : $"The helper accesses the {map.Part} of map \"{map.Map}\", {Bytes(size)},";
        if (range is not null) return $"{what} from {range} on, which is not always within the function's stack (fp-512 to fp-1).";
        if (unset is not null) return $"{what} from {Place(offset)} on, and the program has not written byte {unset} of them on this path.";
        if (mistake != StackOutOfBounds) return null;
        if (offset < -512) return $"{what} from {Place(offset)} on, below the function's stack, which begins at fp-512.";
        return offset < 0 && offset + size > 0
            ? $"{what} from {Place(offset)} on, where the stack has only {Bytes(-offset)} left."
            : null;
    }

    /// <summary>Between which places a variable offset is; <c>null</c> if the verifier's numbers cannot be read.</summary>
    private static string? Range(ReadOnlySpan<char> known, ReadOnlySpan<char> mask, int offset) =>
        ulong.TryParse(known, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong low)
        && ulong.TryParse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong variable)
        && (long)low is > int.MinValue and < int.MaxValue && variable < int.MaxValue
            ? $"anywhere between {Place((long)low + offset)} and {Place((long)(low + variable) + offset)}"
            : null;

    /// <summary>Newer kernels (7.2) know the bounds of a pointer into the stack, but not the bits of its offset.</summary>
    private static string? Range(string pointer) => StackBounds.Match(pointer) is { Success: true } bounds
        && int.TryParse(bounds.Groups["low"].ValueSpan, CultureInfo.InvariantCulture, out int low)
        && int.TryParse(bounds.Groups["high"].ValueSpan, CultureInfo.InvariantCulture, out int high)
            ? $"anywhere between {Place(low)} and {Place(high)}"
            : null;

    private static string Bytes(int count) => count == 1 ? "1 byte" : string.Create(CultureInfo.InvariantCulture, $"{count} bytes");

    private static string Place(long offset) =>
        offset == 0 ? "fp" : string.Create(CultureInfo.InvariantCulture, $"fp{(offset < 0 ? "" : "+")}{offset}");

    // invalid read from stack R2 off=-4 size=8                                             (5.12 and newer)
    // invalid variable-offset read from stack R2 var_off=(0x0; 0x3f) off=-32 size=8        (5.12 and newer)
    // invalid read from stack R2 off -8+4 size 8; invalid indirect read from stack off -8+4 size 8 (uninitialized)
    // invalid stack type R2 off=-4 access_size=8                                           (before 5.12)
    [GeneratedRegex(
        @"stack (?:type )?(?:R(?<reg>\d{1,2}) )?(?:(?<var>var_off=)\(0x(?<base>[0-9a-f]{1,16}); 0x(?<mask>[0-9a-f]{1,16})\) )?off[= ](?<off>-?\d{1,9})(?:\+(?<at>\d{1,9}))? (?:access_)?size[= ](?<size>\d{1,9})",
        RegexOptions.CultureInvariant)]
    private static partial Regex StackAccess { get; }

    // fp(smin=smin32=-32,smax=smax32=31)
    [GeneratedRegex(@"\bsmin=(?:smin32=)?(?<low>-?\d{1,9})\b[^)]*\bsmax=(?:smax32=)?(?<high>-?\d{1,9})\b", RegexOptions.CultureInvariant)]
    private static partial Regex StackBounds { get; }

    /// <summary>The map that a helper is given in R1, and what another register should point to.</summary>
    private sealed record MapArgument(string Map, string Part, int Size)
    {
        public static MapArgument? Of(VerifierDiagnosis diagnosis, ProgramListing listing, Register register, int size)
        {
            if (diagnosis.Step is not { } step || listing.InstructionAt(step.Instruction) is not { IsHelperCall: true }) return null;
            if (diagnosis.State?[Register.R1] is not { Kind: "map_ptr" } given) return null;

            // The state names the map since Linux 5.18; the program always does.
            string? name = Field(given.Text, "map=") ?? NameOf(diagnosis.Path, listing);
            if (name is null) return null;
            bool isKey = register == Register.R2 && Field(given.Text, "ks=") == size.ToString(CultureInfo.InvariantCulture);
            bool isValue = !isKey && Field(given.Text, "vs=") == size.ToString(CultureInfo.InvariantCulture);
            return isKey || isValue ? new MapArgument(name, isKey ? "key" : "value", size) : null;
        }

        public string Remedy(int there) => string.Create(
            CultureInfo.InvariantCulture,
            $"Give the helper a variable of the {Part}'s own type, of {Size} bytes, where one of {Bytes(there)} or so is; or change the {Part} in the map's definition.");

        private static string? Field(string text, string name)
        {
            int at = text.IndexOf(name, StringComparison.Ordinal);
            if (at < 0) return null;
            ReadOnlySpan<char> rest = text.AsSpan(at + name.Length);
            int end = rest.IndexOfAny(',', ')');
            return end <= 0 ? null : rest[..end].ToString();
        }

        private static string? NameOf(VerifierPath path, ProgramListing listing)
        {
            const int near = 64;
            for (int i = path.Count - 1; i >= 0 && i >= path.Count - near; i--)
            {
                if (listing.InstructionAt(path.SlotAt(i)) is { IsMapLoad: true, Destination: Register.R1, Reference: { } map }) return map.Name;
            }

            return null;
        }
    }
}
