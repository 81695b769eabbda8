using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>The files of /proc that hold a name, a colon and a value on each line.</summary>
internal static class StatusFile
{
    /// <summary>The value of one line.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="path">The file.</param>
    /// <param name="name">The name, without the colon.</param>
    /// <returns>The value; <c>null</c> if there is no such line, or no such file.</returns>
    public static string? Field(LinuxKernel kernel, string path, string name)
    {
        // Not EnumerateLines, which ends a line at a form feed and at U+2028 too: a process can be called so.
        ReadOnlySpan<char> text = kernel.ReadText(path);
        foreach (Range range in text.Split('\n'))
        {
            ReadOnlySpan<char> line = text[range];
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.Ordinal))
                return line[(name.Length + 1)..].Trim().ToString();
        }

        return null;
    }

    /// <summary>
    /// All lines about a descriptor; empty if they cannot be read: <c>map_type</c>, <c>prog_type</c>, <c>link_type</c>,
    /// <c>frozen</c>, <c>memlock</c> and others, by what it is a descriptor of.
    /// </summary>
    public static Dictionary<string, string> Fields(LinuxKernel kernel, BpfHandle handle)
    {
        Dictionary<string, string> fields = [];
        using BorrowedDescriptor borrowed = handle.Borrow();
        ReadOnlySpan<char> text = kernel.ReadText(KernelPaths.DescriptorInfo(borrowed.Descriptor));
        foreach (Range range in text.Split('\n'))
        {
            ReadOnlySpan<char> line = text[range];
            int colon = line.IndexOf(':');
            if (colon > 0) fields[line[..colon].ToString()] = line[(colon + 1)..].Trim().ToString();
        }

        return fields;
    }
}
