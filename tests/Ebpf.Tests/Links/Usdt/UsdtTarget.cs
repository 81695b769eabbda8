using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Ebpf.Tests.Links.Usdt;

/// <summary>The program and the library with USDT probes in every form of argument, compiled on this machine.</summary>
internal static class UsdtTarget
{
    private static readonly Lock Compiling = new();

    /// <summary>A shared library.</summary>
    public static string Library => Compile("libusdt_target.so", "-shared -fPIC");

    /// <summary>A program that can be loaded anywhere.</summary>
    public static string Pie => Compile("usdt_target.pie", "-DPROGRAM -fPIE -pie");

    /// <summary>A program at the addresses of its file.</summary>
    public static string FixedPlace => Compile("usdt_target.fixed", "-DPROGRAM -fno-pie -no-pie");

    /// <summary>A program in C++ that throws and catches an exception for each line of its input.</summary>
    public static string Throwing
    {
        get
        {
            string source = Path.Combine(Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "usdt-targets")).FullName, "throwing.cc");
            string output = Path.ChangeExtension(source, null);
            lock (Compiling)
            {
                if (File.Exists(output)) return output;
                File.WriteAllText(source, """
                    #include <cstdio>
                    int main() {
                        char line[32];
                        while (fgets(line, sizeof(line), stdin)) {
                            try { throw 7; } catch (int value) { printf("%d 0\n", value); fflush(stdout); }
                        }
                    }
                    """);
                try
                {
                    using Process compiler = Process.Start("g++", ["-O1", "-o", output, source]);
                    compiler.WaitForExit();
                    Assert.SkipWhen(compiler.ExitCode != 0, "g++ cannot compile a program here.");
                }
                catch (System.ComponentModel.Win32Exception)
                {
                    Assert.Skip("There is no g++ here.");
                }

                return output;
            }
        }
    }

    private static string Compile(string name, string options)
    {
        lock (Compiling)
        {
            string source = Path.Combine(AppContext.BaseDirectory, "testdata", "usdt_target.c");
            string output = Path.Combine(Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "usdt-targets")).FullName, name);
            if (File.Exists(output) && File.GetLastWriteTimeUtc(output) > File.GetLastWriteTimeUtc(source)) return output;
            string part = output + ".part";
            ProcessStartInfo compiler = new("cc", $"-O2 -Wall {options} -o \"{part}\" \"{source}\"") { RedirectStandardError = true };
            using Process running = Process.Start(compiler)!;
            string problem = running.StandardError.ReadToEnd();
            running.WaitForExit();
            Assert.True(running.ExitCode == 0, problem);
            File.Move(part, output, overwrite: true);
            return output;
        }
    }
}

/// <summary>The library in this process.</summary>
internal static unsafe class UsdtLibrary
{
    private static readonly nint Handle = NativeLibrary.Load(UsdtTarget.Library);

    private static readonly delegate* unmanaged<int, int> FireProbe = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(Handle, "usdt_fire");
    private static readonly delegate* unmanaged<int> GetSemaphore = (delegate* unmanaged<int>)NativeLibrary.GetExport(Handle, "usdt_semaphore");
    private static readonly delegate* unmanaged<ulong> GetStack = (delegate* unmanaged<ulong>)NativeLibrary.GetExport(Handle, "usdt_stack");

    /// <summary>How often the probe with the semaphore is attached.</summary>
    public static int Semaphore => GetSemaphore();

    /// <summary>Where the stack was when the registers were read last.</summary>
    public static ulong Stack => GetStack();

    /// <summary>Reaches a probe.</summary>
    /// <returns>How many locations were reached.</returns>
    public static int Fire(UsdtForm form) => FireProbe((int)form);
}

/// <summary>The probes of the target, by their numbers.</summary>
internal enum UsdtForm
{
    Plain,
    Guarded,
    Many,
    Registers,
    MoreRegisters,
    Memory,
    Indexed,
    Odd,
    Twelve,
    Combo,
    All,
}

/// <summary>The program, running.</summary>
internal sealed class RunningUsdtTarget : IDisposable
{
    private readonly Process _process;

    public RunningUsdtTarget(string program)
    {
        _process = Process.Start(new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

        // It runs when it answers.
        _process.StandardInput.WriteLine("99");
        _process.StandardInput.Flush();
        Assert.NotNull(_process.StandardOutput.ReadLine());
    }

    public int Id => _process.Id;

    /// <summary>Reaches a probe.</summary>
    /// <returns>The semaphore of the probe that has one.</returns>
    public int Fire(UsdtForm form)
    {
        _process.StandardInput.WriteLine(((int)form).ToString(CultureInfo.InvariantCulture));
        _process.StandardInput.Flush();
        string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The target is gone.");
        return int.Parse(line.AsSpan(line.IndexOf(' ', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
