namespace Ebpf.Conformance;

/// <summary>The objects of a directory.</summary>
internal static class ObjectFiles
{
    /// <summary>Lists them, in the order of their names.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string[] In(string directory)
    {
        string[] paths = Directory.GetFiles(directory, "*.o");
        if (paths.Length == 0) throw new InvalidOperationException($"There is no object in {directory}.");
        Array.Sort(paths, StringComparer.Ordinal);
        return paths;
    }

    /// <summary>What to call a directory in reports: the last part of its path.</summary>
    public static string NameOf(string directory) => Path.GetFileName(Path.TrimEndingDirectorySeparator(directory));
}
