using System.Diagnostics;
using System.Globalization;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>The compiler, at the time of the test.</summary>
internal static class Clang
{
    // The same choice as that of eng/find-clang.sh.
    private static readonly string? Compiler = Environment.GetEnvironmentVariable("BPF_CLANG") ?? Find();

    /// <summary>Compiles C for BPF, and reads its types; skips the test where there is no clang.</summary>
    public static BtfSpec CompileTypes(string source, ByteOrder order = ByteOrder.LittleEndian, params string[] options)
    {
        if (Compiler is null) Assert.Skip("There is no clang-16 or newer on PATH.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ebpf-clang-");
        try
        {
            string c = Path.Combine(folder.FullName, "types.c");
            string o = Path.Combine(folder.FullName, "types.o");
            File.WriteAllText(c, source);
            string[] always = ["-target", order == ByteOrder.LittleEndian ? "bpfel" : "bpfeb", "-g", "-O2", "-Wall", "-Wextra", "-Werror", "-c", c, "-o", o];
            ProcessStartInfo start = new(Compiler, [.. always, .. options]) { RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.Length > 4000 ? errors[..4000] : errors);
            return CollectionSpec.Load(o).Types!;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
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
