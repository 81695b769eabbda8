using System.ComponentModel;
using System.Diagnostics;

namespace PacketCounter.Demo;

/// <summary>The <c>ip</c> command of iproute2.</summary>
internal static class IpCommand
{
    // sudo and cron often leave the sbin folders out of PATH.
    private static readonly string Path =
        Array.Find(["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"], File.Exists) ?? "ip";

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="DemoException">It failed; the message is its own.</exception>
    public static async Task RunAsync(params string[] arguments)
    {
        using Process process = Start(new ProcessStartInfo(Path, arguments) { RedirectStandardError = true });
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new DemoException($"ip {string.Join(' ', arguments)}: {errors.ReplaceLineEndings(" ").Trim()}");
    }

    /// <summary>Starts this program itself in a network namespace, with other arguments.</summary>
    /// <remarks>It ends when its standard input does: it cannot outlive the process that started it.</remarks>
    public static Process StartSelf(string networkNamespace, bool readOutput, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path, ["netns", "exec", networkNamespace, Environment.ProcessPath!])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = readOutput,
        };
        // Run as "dotnet packet-counter.dll", the process is dotnet.
        if (System.IO.Path.GetFileName(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(System.IO.Path.GetFullPath(Environment.GetCommandLineArgs()[0]));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return Start(start);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new DemoException($"the demo needs the ip command (package iproute2): {error.Message}");
        }
    }
}
