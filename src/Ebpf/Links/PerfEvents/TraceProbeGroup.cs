using System.Globalization;
using System.Text;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>The group of the probes that this process defines in tracefs, and what processes like it have left there.</summary>
/// <remarks>
/// The name has the PID namespace, the id of the process, and when it started: ids are given again, and are others in another namespace.
/// A process that is killed leaves its probes, of which, with all other events, the kernel takes 65,535; so those of processes that are
/// gone are removed before the first one is defined. The kernel itself refuses to remove one that is in use, as by a pinned link.
/// </remarks>
internal sealed class TraceProbeGroup
{
    private const string Prefix = "ebpf_dotnet_";

    private static readonly PerKernel<TraceProbeGroup> Known = new(static kernel => new TraceProbeGroup(kernel));

    private readonly LinuxKernel _kernel;
    private readonly ulong _namespace;
    private int _cleaned;

    private TraceProbeGroup(LinuxKernel kernel)
    {
        _kernel = kernel;
        _namespace = kernel.Status(KernelPaths.PidNamespace, out FileStatus status) == Errno.None ? status.Inode : 0;
        Name = NameOf(_namespace, Environment.ProcessId, StartOf(kernel, KernelPaths.ProcessStat) ?? 0);
    }

    /// <summary>The name, of letters, digits and _.</summary>
    public string Name { get; }

    public static TraceProbeGroup Of(LinuxKernel kernel) => Known.Of(kernel);

    /// <summary>Removes what processes have left that are gone; once for each file.</summary>
    /// <param name="kind">The kind of probe.</param>
    /// <param name="file">The file with the definitions.</param>
    public void RemoveLeftovers(TraceProbeKind kind, string file)
    {
        int bit = 1 << (int)kind;
        if ((Interlocked.Or(ref _cleaned, bit) & bit) != 0) return;
        List<string>? left = null;
        using (LineReader? lines = LineReader.Open(_kernel, file, out _))
        {
            if (lines is null) return;
            while (lines.Read(out ReadOnlySpan<byte> line))
            {
                if (NameIn(line) is { } name && IsLeft(name)) (left ??= []).Add(name);
            }
        }

        // One by one: a definition that cannot be removed ends the writing of all that follow it.
        foreach (string name in left ?? []) _kernel.WriteText(file, $"-:{name}\n", append: true);
    }

    private static string NameOf(ulong pidNamespace, int process, ulong start) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{pidNamespace:x}_{process}_{start:x}");

    /// <summary>The name in <c>r16:group/event place …</c>, if the group is one of this library's.</summary>
    private static string? NameIn(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        if (colon < 0) return null;
        ReadOnlySpan<byte> name = line[(colon + 1)..];
        int end = name.IndexOf((byte)' ');
        if (end >= 0) name = name[..end];
        return name.StartsWith("ebpf_dotnet_"u8) ? Encoding.ASCII.GetString(name) : null;
    }

    /// <summary>Whether the process is gone that an event has its name from. In doubt it is there.</summary>
    private bool IsLeft(string name)
    {
        int slash = name.IndexOf('/');
        string[] parts = name[Prefix.Length..(slash < 0 ? name.Length : slash)].Split('_');
        if (parts.Length != 3
            || !ulong.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong space)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            || !ulong.TryParse(parts[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong start)
            || NameOf(space, process, start) != name[..Math.Max(slash, 0)])
        {
            return false;
        }

        if (space == 0 || start == 0 || space != _namespace || process == Environment.ProcessId && NameOf(space, process, start) == Name) return false;
        Errno error = _kernel.ReadFile(KernelPaths.StatOf(process), out byte[] stat);
        return error is Errno.ENOENT or Errno.ESRCH || (error == Errno.None && StartIn(stat) is { } other && other != start);
    }

    private static ulong? StartOf(LinuxKernel kernel, string path) =>
        kernel.ReadFile(path, out byte[] stat) == Errno.None ? StartIn(stat) : null;

    /// <summary>The 22nd field, in ticks since the machine started; the second one, in brackets, may hold anything.</summary>
    private static ulong? StartIn(byte[] stat)
    {
        const int fieldsBehindName = 19;
        int name = stat.AsSpan().LastIndexOf((byte)')');
        if (name < 0) return null;
        string[] fields = Encoding.ASCII.GetString(stat.AsSpan(name + 1)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > fieldsBehindName
            && ulong.TryParse(fields[fieldsBehindName], NumberStyles.None, CultureInfo.InvariantCulture, out ulong start)
            ? start
            : null;
    }
}
