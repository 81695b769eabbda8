using System.Globalization;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>The version of the running kernel.</summary>
/// <remarks>
/// The release of a distribution's kernel (<c>uname -r</c>) names its ABI, not the upstream version from which it was
/// made: Ubuntu says <c>5.15.0-91-generic</c> for 5.15.131, Debian <c>6.1.0-18-amd64</c> for 6.1.76. Both tell the
/// upstream version elsewhere: Ubuntu in /proc, Debian in the version of uname(2), which needs no /proc.
/// </remarks>
internal static class KernelVersion
{
    /// <summary>Reads the version; 0.0.0 if the kernel does not tell.</summary>
    public static Version Read(LinuxKernel kernel)
    {
        kernel.GetName(out KernelName name);
        return FromUbuntu(kernel.ReadText(KernelPaths.UbuntuVersion))
            ?? FromDebian(name.Version)
            ?? Parse(name.Release)
            ?? new Version(0, 0, 0);
    }

    /// <summary>The last word: <c>Ubuntu 5.15.0-91.101-generic 5.15.131</c>.</summary>
    private static Version? FromUbuntu(string? text) =>
        text is null ? null : Parse(text.AsSpan().Trim()[(text.AsSpan().Trim().LastIndexOf(' ') + 1)..]);

    /// <summary>The word after Debian: <c>#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)</c>.</summary>
    private static Version? FromDebian(string? text)
    {
        const string word = "Debian ";
        int at = text?.IndexOf(word, StringComparison.Ordinal) ?? -1;
        return at < 0 ? null : Parse(text.AsSpan(at + word.Length));
    }

    /// <summary>Reads up to three numbers at the beginning of a text.</summary>
    internal static Version? Parse(ReadOnlySpan<char> text)
    {
        Span<int> numbers = [0, 0, 0];
        int count = 0;
        while (count < numbers.Length)
        {
            int end = text.IndexOfAnyExceptInRange('0', '9');
            ReadOnlySpan<char> digits = end < 0 ? text : text[..end];
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out numbers[count])) break;
            count++;
            if (end < 0 || text[end] != '.') break;
            text = text[(end + 1)..];
        }

        return count < 2 ? null : new Version(numbers[0], numbers[1], numbers[2]);
    }
}
