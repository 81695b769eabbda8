using System.Globalization;

namespace Ebpf.CoRe;

/// <summary>An instruction that has a relocation, and what that asks for.</summary>
/// <param name="Index">Its position in the program.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="Relocation">The relocation.</param>
/// <param name="Query">What it asks for.</param>
internal sealed record CoReSite(int Index, int Slot, CoReRelocation Relocation, CoReQuery Query)
{
    /// <summary>Makes an error that names the place of another.</summary>
    public static ObjectFormatException Fault(
        string program, int slot, CoReRelocation relocation, ObjectFormatException error) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"instruction {slot}: {relocation}: {error.Message}"),
            symbol: program,
            inner: error);
}
