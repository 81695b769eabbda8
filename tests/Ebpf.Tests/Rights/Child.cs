using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Ebpf.Tests.Rights;

/// <summary>A process with less rights than this one (the project Ebpf.Tests.Child).</summary>
internal sealed unsafe partial class Child : IDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    /// <summary>Starts it.</summary>
    /// <param name="wrapper">The command that takes the rights away, and its options.</param>
    /// <param name="arguments">What the child is to do.</param>
    /// <param name="environment">A variable, and its value.</param>
    public static Child Start(string[] wrapper, string[] arguments, (string Name, string Value)? environment = null)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Ebpf.Tests.Child");
        ProcessStartInfo start = new(wrapper[0], [.. wrapper[1..], program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",

            // No socket in a place that another user may not write to.
            Environment = { ["DOTNET_EnableDiagnostics"] = "0", ["HOME"] = "/" },
        };
        if (environment is var (name, value)) start.Environment[name] = value;
        return new Child(Process.Start(start)!);
    }

    /// <summary>Takes a descriptor of the child's, whose number it prints, and says what its file system delegates.</summary>
    public void Delegate(params (string Option, string Value)[] options)
    {
        // The numbers are the same on all architectures.
        const nint openProcess = 434, getDescriptor = 438;
        string line = _process.StandardOutput.ReadLine() ?? "";
        if (!int.TryParse(line, out int number))
            Assert.Skip($"no BPF file system in a user namespace: {line}{_process.StandardError.ReadToEnd()}");
        nint process = Check(SystemCall(openProcess, _process.Id, 0, 0, 0, 0));
        nint context = Check(SystemCall(getDescriptor, process, number, 0, 0, 0));
        Check(NativeClose(process));
        foreach ((string option, string value) in options) Configure(context, 1 /* FSCONFIG_SET_STRING */, option, value);
        Configure(context, 6 /* FSCONFIG_CMD_CREATE */, null, null);
        Check(NativeClose(context));
        _process.StandardInput.WriteLine();
    }

    /// <summary>Gets its number. The wrapper must become the child, as <c>env</c> does.</summary>
    public int Id => _process.Id;

    /// <summary>Waits for a line.</summary>
    public string? ReadLine() => _process.StandardOutput.ReadLine();

    /// <summary>Lets it go on, if it waits for a line.</summary>
    public void WriteLine() => _process.StandardInput.WriteLine();

    /// <summary>Waits for the end.</summary>
    /// <returns>What it wrote.</returns>
    public string Finish()
    {
        _process.StandardInput.Close();
        string output = _process.StandardOutput.ReadToEnd(), error = _process.StandardError.ReadToEnd();
        _process.WaitForExit();
        Assert.Equal("", error);
        return output.TrimEnd();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static void Configure(nint context, nint command, string? name, string? value)
    {
        const nint configure = 431;
        fixed (byte* key = name is null ? null : Encoding.UTF8.GetBytes(name + '\0'), text = value is null ? null : Encoding.UTF8.GetBytes(value + '\0'))
        {
            nint result = SystemCall(configure, context, command, (nint)key, (nint)text, 0);
            Errno error = result < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
            Assert.True(error == Errno.None, $"{name ?? "create"}: {error}");
        }
    }

    private static nint Check(nint result)
    {
        Assert.True(result >= 0, $"errno {Marshal.GetLastPInvokeError()}");
        return result;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial nint NativeClose(nint descriptor);
}
