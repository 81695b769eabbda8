using System.Diagnostics;

[assembly: AssemblyFixture(typeof(Ebpf.Conformance.Tests.SystemLibbpf))]

namespace Ebpf.Conformance.Tests;

/// <summary>The programs that ask this machine's libbpf, compiled for the tests of this run.</summary>
public sealed class SystemLibbpf : IDisposable
{
    private static readonly string[] Needed =
        ["/usr/include/bpf/libbpf.h", "/usr/include/linux/bpf.h", "/usr/include/libelf.h", "/usr/include/zlib.h"];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ebpf-conformance-");
    private readonly string? _missing = FindMissing();

    public SystemLibbpf()
    {
        if (_missing is null) Run("/bin/sh", Path.Combine(AppContext.BaseDirectory, "libbpf", "build.sh"), _directory.FullName);
    }

    /// <summary>Prints what libbpf finds in objects. Asking for it skips the test where there is no libbpf.</summary>
    public string Describe => Tool("describe");

    /// <summary>Links objects by libbpf, into the file named first.</summary>
    public string Link => Tool("link");

    /// <summary>A directory for the tests.</summary>
    public DirectoryInfo CreateDirectory(string name) => _directory.CreateSubdirectory(name);

    /// <summary>Runs a program.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors}");
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static string? FindMissing()
    {
        if (!OperatingSystem.IsLinux()) return "Linux";
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        if (!path.Split(':').Any(directory => File.Exists(Path.Combine(directory, "cc")))) return "a C compiler (cc)";
        if (Needed.FirstOrDefault(file => !File.Exists(file)) is { } missing) return missing;
        return LibraryDirectories().Any(directory => File.Exists(Path.Combine(directory, "libbpf.a"))) ? null : "libbpf.a";
    }

    private static IEnumerable<string> LibraryDirectories() =>
        Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu*").Concat(["/usr/lib64", "/usr/lib"]);

    private string Tool(string name)
    {
        Assert.SkipUnless(_missing is null, $"The comparison with libbpf needs {_missing}.");
        return Path.Combine(_directory.FullName, name);
    }
}
