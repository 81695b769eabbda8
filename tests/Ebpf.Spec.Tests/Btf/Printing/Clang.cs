using System.Diagnostics;
using System.Globalization;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>The compiler, at the time of the test.</summary>
internal static class Clang
{
    // The same choice as that of eng/find-clang.sh.
    private static readonly string? Compiler = Environment.GetEnvironmentVariable("BPF_CLANG") ?? Find();

    private static readonly Lazy<string> Targets = new(() => Run(["-print-targets"]));

    /// <summary>Skips the test where there is no clang. To be called on the test's own thread.</summary>
    /// <param name="target">A target that it must have been built for.</param>
    public static void SkipUnlessThere(string target = "bpfel")
    {
        if (Compiler is null) Assert.Skip("There is no clang-16 or newer on PATH.");
        string architecture = target.Split('-')[0].Replace('_', '-');
        Assert.SkipUnless(Targets.Value.Contains($" {architecture} ", StringComparison.Ordinal), $"clang was built without {architecture}.");
    }

    /// <summary>Compiles C for BPF, and reads its types.</summary>
    public static BtfSpec CompileTypes(string source, ByteOrder order = ByteOrder.LittleEndian, params string[] options)
    {
        if (Compiler is null) Assert.Skip("There is no clang-16 or newer on PATH.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ebpf-clang-");
        try
        {
            string c = Path.Combine(folder.FullName, "types.c");
            string o = Path.Combine(folder.FullName, "types.o");
            File.WriteAllText(c, source);
            Run(["-target", order == ByteOrder.LittleEndian ? "bpfel" : "bpfeb", "-g", "-O2", "-Wall", "-Wextra", "-Werror", "-c", c, "-o", o, .. options]);
            return CollectionSpec.Load(o).Types!;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Checks C for any target; what warnings there are fail the test.</summary>
    /// <param name="source">The text.</param>
    /// <param name="target">The target.</param>
    /// <returns>The layouts of all structures whose size the text asks for, as clang prints them.</returns>
    public static string Layouts(string source, string target)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ebpf-clang-");
        try
        {
            string c = Path.Combine(folder.FullName, "types.c");
            File.WriteAllText(c, source);
            return Run(["-target", target, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Xclang", "-fdump-record-layouts", c]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Run(string[] arguments)
    {
        ProcessStartInfo start = new(Compiler!, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Length > 4000 ? errors[..4000] : errors);
        return output.GetAwaiter().GetResult();
    }

    private static string? Find()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        for (int version = 40; version >= 16; version--)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"clang-{version}");
            if (folders.Any(folder => File.Exists(Path.Combine(folder, name)))) return name;
        }

        return null;
    }
}
