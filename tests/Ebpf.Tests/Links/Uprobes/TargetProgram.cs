using System.Diagnostics;
using System.Globalization;

namespace Ebpf.Tests.Links.Uprobes;

/// <summary>The program whose functions are probed, compiled on this machine in several ways.</summary>
internal static class TargetProgram
{
    private static readonly Lock Compiling = new();

    /// <summary>As compilers make it today: it can be loaded anywhere.</summary>
    public static string Pie => Compile("pie", "-fPIE -pie");

    /// <summary>At the addresses of the file.</summary>
    public static string FixedPlace => Compile("fixed", "-fno-pie -no-pie");

    /// <summary>Without names of what others cannot see.</summary>
    public static string Stripped => Compile("stripped", "-fPIE -pie", "strip $OUT");

    /// <summary>Stripped, with a debug file beside it that its <c>.gnu_debuglink</c> names, and no build id.</summary>
    public static string WithDebugFile => Compile(
        "linked", "-fPIE -pie -g -Wl,--build-id=none", "objcopy --only-keep-debug $OUT $OUT.debug && strip $OUT && objcopy --add-gnu-debuglink=$OUT.debug $OUT");

    /// <summary>Stripped, with the names of its functions compressed in itself.</summary>
    public static string WithCompressedNames => Compile(
        "compressed",
        "-fPIE -pie",
        "cp $OUT $OUT.mini && objcopy --only-keep-debug $OUT.mini && xz -f $OUT.mini && strip $OUT && objcopy --add-section .gnu_debugdata=$OUT.mini.xz $OUT");

    /// <summary>Without section headers.</summary>
    public static string WithoutSections
    {
        get
        {
            string whole = Compile("exporting", "-fPIE -pie -rdynamic"), output = Path.Combine(Folder, "headless");
            byte[] image = File.ReadAllBytes(whole);

            // e_shoff, e_shnum and e_shstrndx of a 64-bit file.
            image.AsSpan(40, 8).Clear();
            image.AsSpan(60, 4).Clear();
            lock (Compiling)
            {
                if (File.Exists(output)) return output;
                File.WriteAllBytes(output, image);
                Shell($"chmod +x {output}", out _, out _);
            }

            return output;
        }
    }

    /// <summary>Where what is compiled is kept, so that it is compiled once.</summary>
    public static string Folder => Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "uprobe-targets")).FullName;

    /// <summary>Compiles the program.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="options">Options for the compiler.</param>
    /// <param name="then">What a shell does with <c>$OUT</c> then.</param>
    public static string Compile(string name, string options, string then = ":")
    {
        lock (Compiling)
        {
            string source = Path.Combine(AppContext.BaseDirectory, "testdata", "uprobe_target.c");
            string output = Path.Combine(Folder, name);
            if (File.Exists(output) && File.GetLastWriteTimeUtc(output) > File.GetLastWriteTimeUtc(source)) return output;
            string part = output + ".part";
            Shell($"cc -O1 -Wall -o \"{part}\" {options} \"{source}\"", out int compiled, out string problem);
            Assert.SkipWhen(compiled != 0, $"the target cannot be compiled here (cc {options}): {problem}");
            Shell($"cd \"{Folder}\" && OUT={name} && mv {name}.part {name} && {then}", out int status, out problem);
            if (status != 0) File.Delete(output);
            Assert.SkipWhen(status != 0, $"the tools here cannot make the target ({then}): {problem}");
            return output;
        }
    }

    public static string Shell(string command, out int status, out string problem)
    {
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = shell.StandardError.ReadToEndAsync();
        string output = shell.StandardOutput.ReadToEnd();
        problem = errors.Result;
        shell.WaitForExit();
        status = shell.ExitCode;
        return output;
    }
}

/// <summary>The program, running.</summary>
internal sealed class RunningTarget : IDisposable
{
    private readonly Process _process;

    public RunningTarget(string program, params string[] wrapper)
        : this([.. wrapper, program])
    {
    }

    private RunningTarget(string[] command)
    {
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("ready", _process.StandardOutput.ReadLine());
    }

    /// <summary>One that a filter kills which does not know the system call at the return of a probed function.</summary>
    public static RunningTarget Sandboxed(string program) => new([program, "sandboxed"]);

    public int Id => _process.Id;

    public ProcessScope Scope => ProcessScope.Process(Id);

    /// <summary>Calls each function so often.</summary>
    /// <returns>The value of its semaphore.</returns>
    public int Call(int times)
    {
        _process.StandardInput.WriteLine(times.ToString(CultureInfo.InvariantCulture));
        _process.StandardInput.Flush();
        string? line = _process.StandardOutput.ReadLine();
        Assert.StartsWith("done ", line ?? "the target is gone");
        return int.Parse(line![5..], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
