using System.Globalization;

namespace Ebpf.Verifier;

/// <summary>A log as the kernel gave it.</summary>
/// <param name="Text">The log.</param>
/// <param name="Error">Why the program was refused.</param>
/// <param name="IsTruncated">Whether the verifier wrote more than there was room for.</param>
/// <param name="KeepsEnd">
/// What is left of a truncated log: since Linux 6.4 its end, with the verdict; before, its beginning.
/// </param>
internal readonly record struct VerifierLog(string Text, Errno Error, bool IsTruncated, bool KeepsEnd)
{
    /// <summary>Whether the end is missing, where the verifier says what is wrong.</summary>
    public bool LacksVerdict => IsTruncated && !KeepsEnd;

    /// <summary>What to say in the place of the verdict.</summary>
    public string Explain() => string.Create(
        CultureInfo.InvariantCulture,
        $"the verifier's words are behind the {Text.Length:N0} bytes of the log that fit: kernels before 6.4 keep the beginning (CollectionOptions.MaxLogSize)");
}
