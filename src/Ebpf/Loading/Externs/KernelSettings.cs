using System.Globalization;
using System.Text;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Loading.Externs;

/// <summary>Finds out the values of the variables that an object declares with <c>__kconfig</c>.</summary>
internal sealed class KernelSettings
{
    private const string Operation = "Find out the kernel's settings";
    private const string ConfigPrefix = "CONFIG_", OwnPrefix = "LINUX_";

    private readonly LinuxKernel _kernel;
    private readonly byte[] _section;
    private readonly Dictionary<string, ExternSpec> _unset = new(StringComparer.Ordinal);

    private KernelSettings(LinuxKernel kernel, uint size)
    {
        _kernel = kernel;
        _section = new byte[size];
    }

    /// <summary>The first value of the map <c>.kconfig</c>.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="externs">What the object expects of it; others than settings are passed over.</param>
    /// <param name="size">The size of the map's value.</param>
    /// <param name="overlay">Lines that come before those of the kernel's own configuration; <c>null</c> for none.</param>
    /// <exception cref="BpfException">
    /// A setting that is not weak is not there, or one is there with a value that its variable cannot hold.
    /// </exception>
    public static byte[] Read(LinuxKernel kernel, IEnumerable<ExternSpec> externs, uint size, string? overlay)
    {
        KernelSettings settings = new(kernel, size);
        List<string> unknown = [];
        foreach (ExternSpec setting in externs)
        {
            if (setting.Kind != ExternKind.Kconfig) continue;
            if (setting.Name.StartsWith(ConfigPrefix, StringComparison.Ordinal)) settings._unset.Add(setting.Name, setting);
            else if (!settings.TrySetOwn(setting)) unknown.Add(setting.Name);
        }

        if (unknown.Count > 0)
        {
            throw new BpfException(
                $"{Operation}: {string.Join(", ", unknown)}: neither {ConfigPrefix}…, nor one of {OwnPrefix}KERNEL_VERSION, "
                + $"{OwnPrefix}HAS_BPF_COOKIE and {OwnPrefix}HAS_SYSCALL_WRAPPER");
        }

        if (overlay is not null) settings.Apply(Encoding.UTF8.GetBytes(overlay), $"{nameof(CollectionOptions)}.{nameof(CollectionOptions.Kconfig)}");
        if (settings._unset.Count > 0) settings.ApplyKernelConfig();
        return settings._section;
    }

    /// <summary>The settings that are no part of any configuration, but tell what the kernel can do.</summary>
    private bool TrySetOwn(ExternSpec setting)
    {
        ulong value;
        switch (setting.Name)
        {
            case "LINUX_KERNEL_VERSION":
                value = KernelFacts.Of(_kernel).VersionCode;
                if (value == 0) throw new BpfException($"{Operation}: {setting.Name}: the kernel does not tell its version");
                break;
            case "LINUX_HAS_BPF_COOKIE":
                value = ProbedFacts.Of(_kernel).HasBpfCookie ? 1u : 0;
                break;
            case "LINUX_HAS_SYSCALL_WRAPPER":
                value = ProbedFacts.Of(_kernel).HasSystemCallWrapper ? 1u : 0;
                break;
            default:
                // A future one, which the object does without.
                return setting.IsWeak && setting.Name.StartsWith(OwnPrefix, StringComparison.Ordinal);
        }

        string? problem = KconfigValue.SetNumber(setting.Type, value, PlaceOf(setting));
        return problem is null
            ? true
            : throw new BpfException(string.Create(
                CultureInfo.InvariantCulture, $"{Operation}: {setting.Name} ({setting.Type}) is {value}: {problem}"));
    }

    private void ApplyKernelConfig()
    {
        string? source = KernelConfig.Read(_kernel, out byte[] text, out string problem);
        if (source is not null) Apply(text, source);
        string[] missing = [.. _unset.Values.Where(setting => !setting.IsWeak).Select(setting => setting.Name)];
        if (missing.Length == 0) return;
        string where = source is null ? $"the kernel's configuration is not to be found: {problem}" : $"not set in {source}";
        throw new BpfException(
            $"{Operation}: {string.Join(", ", missing)}: {where}; declare what may be missing __weak, or give values "
            + $"with {nameof(CollectionOptions)}.{nameof(CollectionOptions.Kconfig)}");
    }

    /// <summary>Sets what is not set yet; of several lines for one setting the first counts, as with libbpf.</summary>
    private void Apply(ReadOnlySpan<byte> text, string source)
    {
        int longest = 0;
        foreach (string name in _unset.Keys) longest = Math.Max(longest, name.Length);
        Span<char> name16 = longest <= 256 ? stackalloc char[longest] : new char[longest];
        Dictionary<string, ExternSpec>.AlternateLookup<ReadOnlySpan<char>> unset = _unset.GetAlternateLookup<ReadOnlySpan<char>>();
        int number = 0;
        foreach (Range range in text.Split((byte)'\n'))
        {
            number++;
            ReadOnlySpan<byte> line = text[range].TrimEnd((byte)'\r');
            if (!line.StartsWith("CONFIG_"u8)) continue;
            int equals = line.IndexOf((byte)'=');
            if (equals < 0 || equals == line.Length - 1) throw Malformed(source, number, line, "there is no value");
            if (equals > longest) continue;
            int length = Encoding.Latin1.GetChars(line[..equals], name16);
            if (!unset.Remove(name16[..length], out _, out ExternSpec? setting)) continue;
            string? problem = KconfigValue.Set(setting.Type, line[(equals + 1)..], PlaceOf(setting));
            if (problem is not null) throw Malformed(source, number, line, $"{setting.Type} was declared, and this is {problem}");
        }
    }

    private Span<byte> PlaceOf(ExternSpec setting) =>
        setting.Type.TryGetSize(out uint size) && setting.Offset <= _section.Length && size <= _section.Length - setting.Offset
            ? _section.AsSpan((int)setting.Offset, (int)size)
            : throw new BpfException($"{Operation}: {setting.Name} lies outside of the map .kconfig");

    private static BpfException Malformed(string source, int number, ReadOnlySpan<byte> line, string problem)
    {
        const int most = 80;
        string shown = Encoding.UTF8.GetString(line[..Math.Min(line.Length, most)]);
        return new BpfException(string.Create(
            CultureInfo.InvariantCulture, $"{Operation}: line {number} of {source}, \"{shown}\": {problem}"));
    }
}
