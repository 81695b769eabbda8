using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>The files of /proc that hold a name, a colon and a value on each line.</summary>
internal static class StatusFile
{
    /// <summary>What /proc/self/status says about this process.</summary>
    public const string Process = "/proc/self/status";

    /// <summary>The value of one line.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="path">The file.</param>
    /// <param name="name">The name, without the colon.</param>
    /// <returns>The value; <c>null</c> if there is no such line, or no such file.</returns>
    public static string? Field(LinuxKernel kernel, string path, string name)
    {
        foreach (ReadOnlySpan<char> line in kernel.ReadText(path).AsSpan().EnumerateLines())
        {
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.Ordinal))
                return line[(name.Length + 1)..].Trim().ToString();
        }

        return null;
    }

    /// <summary>
    /// All lines about a descriptor of this process; empty if they cannot be read: <c>map_type</c>, <c>prog_type</c>,
    /// <c>link_type</c>, <c>frozen</c>, <c>memlock</c> and others, by what it is a descriptor of.
    /// </summary>
    public static Dictionary<string, string> Fields(LinuxKernel kernel, BpfHandle handle)
    {
        Dictionary<string, string> fields = [];
        using BorrowedDescriptor borrowed = handle.Borrow();
        string? text = kernel.ReadText($"/proc/self/fdinfo/{borrowed.Descriptor}");
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            if (colon > 0) fields[line[..colon].ToString()] = line[(colon + 1)..].Trim().ToString();
        }

        return fields;
    }
}
