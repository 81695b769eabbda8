using System.Globalization;
using System.Text;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>
/// What a kernel tells of itself and its machine. Properties do not change while it runs: they are read when first asked for, and kept
/// as long as the kernel object. Methods read what may change.
/// </summary>
internal sealed class KernelFacts
{
    private static readonly PerKernel<KernelFacts> Known = new(static kernel => new KernelFacts(kernel));

    private readonly LinuxKernel _kernel;

    private KernelFacts(LinuxKernel kernel) => _kernel = kernel;

    /// <summary>
    /// The CPUs that this machine can ever have, in ascending order. A per-CPU value has one slot for each, in this
    /// order.
    /// </summary>
    /// <exception cref="BpfException">The kernel does not tell.</exception>
    public IReadOnlyList<int> PossibleCpus => field ??= ReadPossibleCpus();

    /// <summary>The release, as <c>uname -r</c> has it; empty if the kernel does not tell.</summary>
    public string Release => field ??= _kernel.GetName(out KernelName name) == Errno.None ? name.Release : "";

    /// <summary>The version of the kernel, with the three numbers of the release that it is made from.</summary>
    public Version Version => field ??= KernelVersion.Read(_kernel);

    /// <summary>The version as LINUX_VERSION_CODE has it: a byte each for the last two numbers, which stop at 255.</summary>
    public uint VersionCode => ((uint)Version.Major << 16) | ((uint)Version.Minor << 8) | (uint)Math.Clamp(Version.Build, 0, 255);

    /// <summary>The facts about a kernel.</summary>
    public static KernelFacts Of(LinuxKernel kernel) => Known.Of(kernel);

    /// <summary>Whether the machine has a NUMA node; <c>null</c> if it does not tell.</summary>
    public bool? HasNumaNode(uint node)
    {
        string nodes = KernelPaths.NumaNodes;
        return _kernel.Exists(nodes)
            ? _kernel.Exists(string.Create(CultureInfo.InvariantCulture, $"{nodes}/node{node}"))
            : null;
    }

    /// <summary>How many frames the kernel records of a stack at most, which the administrator sets; <c>null</c> if that cannot be read.</summary>
    public uint? ReadMaxStackDepth() =>
        uint.TryParse(
            _kernel.ReadText(KernelPaths.MaxStackDepth), NumberStyles.Integer, CultureInfo.InvariantCulture, out uint limit)
            ? limit
            : null;

    /// <summary>Converts a time of the kernel's clock, which counts nanoseconds since the machine started, to a date.</summary>
    /// <returns>The date by the clock of today; <c>null</c> if that cannot be told.</returns>
    public DateTimeOffset? ToDate(ulong nanoseconds)
    {
        ulong now = _kernel.TimeSinceBoot();
        return now == 0 ? null : DateTimeOffset.UtcNow.AddTicks(((long)nanoseconds - (long)now) / TimeSpan.NanosecondsPerTick);
    }

    private int[] ReadPossibleCpus()
    {
        string path = KernelPaths.PossibleCpus;
        Errno error = _kernel.ReadFile(path, out byte[] content);
        if (error != Errno.None) throw new BpfException($"Count the possible CPUs: read {path}", error, "is sysfs mounted?");
        string text = Encoding.ASCII.GetString(content);
        return CpuList.Parse(text) ?? throw new BpfException($"Count the possible CPUs: {path} holds \"{text.Trim()}\"");
    }
}
