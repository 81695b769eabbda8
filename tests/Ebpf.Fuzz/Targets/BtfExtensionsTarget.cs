using System.Buffers.Binary;
using Ebpf.Btf;
using Ebpf.Btf.Extensions;
using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>
/// The section <c>.BTF.ext</c>. An input is its length (32 bits, little-endian), the section, and the BTF that it goes with.
/// </summary>
internal sealed class BtfExtensionsTarget : FuzzTarget
{
    private static readonly string[] Sections = ["xdp", ".text", "socket", "tp/syscalls/sys_enter_write", "license", ""];

    public override string Name => "btfext";

    public override IEnumerable<(string Name, byte[] Input)> Seeds()
    {
        foreach (SeedObject seed in SeedObject.All)
        {
            if (seed.Section(".BTF") is not { } types || seed.Section(".BTF.ext") is not { } extensions) continue;
            byte[] length = new byte[sizeof(uint)];
            BinaryPrimitives.WriteInt32LittleEndian(length, extensions.Length);
            yield return (seed.Name, [.. length, .. extensions, .. types]);
        }
    }

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        if (input.Length < sizeof(uint)) return;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(input.Span);
        input = input[sizeof(uint)..];
        if (length > (uint)input.Length) return;
        BtfSpec? types = budget.Run("Parse BTF", () => BtfSpec.Parse(input[(int)length..]));
        if (types is null) return;
        BtfExtensions? extensions = budget.Run("Parse", () => BtfExtensions.Parse(input[..(int)length], types));
        if (extensions is null) return;
        foreach (string section in Sections) budget.Run("read records", () => ReadAll(extensions, types, section));
    }

    public override void Mutate(Span<byte> input, Random random)
    {
        if (input.Length > sizeof(uint)) WordMutator.Mutate(input[sizeof(uint)..], random);
    }

    private static int ReadAll(BtfExtensions extensions, BtfSpec types, string section)
    {
        int sum = 0;
        foreach (FunctionInfoRecord function in extensions.FunctionsOf(section)) sum += types.Find(function.TypeId) is null ? 1 : 0;
        foreach (LineInfoRecord line in extensions.LinesOf(section)) sum += line.ToLineInfo(types).Line;
        foreach (CoReRelocationRecord relocation in extensions.RelocationsOf(section)) sum += (int)relocation.ToRelocation(types).Kind;
        return sum;
    }
}
