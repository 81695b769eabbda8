namespace Ebpf.Tests.Walls;

/// <summary>Who may name whom. Each rule lists what breaks it, one line each.</summary>
internal static class Wall
{
    private static readonly HashSet<string> FileTypes =
    [
        "System.IO.File", "System.IO.FileInfo", "System.IO.FileStream", "System.IO.RandomAccess",
        "System.IO.Directory", "System.IO.DirectoryInfo", "System.IO.DriveInfo",
        "System.IO.MemoryMappedFiles.MemoryMappedFile",
    ];

    /// <summary>The assembly refers to .NET's own and to <paramref name="others"/>, to nothing else.</summary>
    public static List<string> RefersOnlyTo(AssemblyFacts assembly, params string[] others) =>
    [
        .. assembly.References.Where(name =>
            !name.StartsWith("System.", StringComparison.Ordinal) && !others.Contains(name)),
    ];

    /// <summary>Native functions are imported in one namespace only.</summary>
    public static List<string> ImportsOnlyIn(AssemblyFacts assembly, string? home) =>
    [
        .. assembly.Imports.Where(use => use.User.Namespace != home).Select(use => $"{use.User} imports {use.Used}"),
    ];

    /// <summary>Files are touched in one namespace only.</summary>
    public static List<string> TouchesFilesOnlyIn(AssemblyFacts assembly, string home) =>
    [
        .. assembly.Types.Where(use => FileTypes.Contains(use.Used) && use.User.Namespace != home)
            .Select(use => $"{use.User} uses {use.Used}"),
    ];

    /// <summary>Paths into /sys and /proc are known in one namespace only.</summary>
    public static List<string> NamesKernelFilesOnlyIn(AssemblyFacts assembly, params string[] homes) =>
    [
        .. assembly.Strings.Where(use => IsKernelFile(use.Used) && !homes.Contains(use.User.Namespace))
            .Select(use => $"{use.User} holds \"{use.Used}\""),
    ];

    /// <summary>A namespace is internal.</summary>
    public static List<string> ShowsNothingOf(AssemblyFacts assembly, string hidden) =>
    [
        .. assembly.PublicTypes.Where(type => IsIn(type.ToString(), hidden)).Select(type => $"{type} is public"),
    ];

    private static bool IsIn(string type, string @namespace) =>
        type.StartsWith(@namespace + ".", StringComparison.Ordinal);

    private static bool IsKernelFile(string text) =>
        text is "/sys" or "/proc"
        || text.StartsWith("/sys/", StringComparison.Ordinal)
        || text.StartsWith("/proc/", StringComparison.Ordinal);
}
