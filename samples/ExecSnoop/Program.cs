using System.Runtime.InteropServices;
using Ebpf;
using ExecSnoop;

if (CommandLine.Parse(args) is not { } commandLine)
{
    Console.Error.WriteLine(CommandLine.Usage);
    return 2;
}

using CancellationTokenSource stop = new(commandLine.Duration);
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    using ExecTracer tracer = new(commandLine.ShowsFailures);
    if (commandLine.IsVerbose)
    {
        foreach (string line in tracer.Attached) Console.Error.WriteLine(line);
    }

    Console.WriteLine($"{"TIME",-8} {"PID",7} {"PPID",7} {"UID",6} {"PARENT",-15} COMMAND");
    ulong lost = 0;
    for (bool isLast = false; !isLast;)
    {
        // Once more after the end: what came until then.
        isLast = stop.IsCancellationRequested;
        while (tracer.TryRead(out ExecEvent next)) Console.WriteLine(Line(next));
        if (tracer.Lost is var now && now > lost)
        {
            Console.Error.WriteLine($"exec-snoop: {now - lost} events were lost");
            lost = now;
        }

        if (!isLast) await Task.Delay(50, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
    return 0;
}
catch (BpfException error)
{
    Console.Error.WriteLine($"exec-snoop: {error.Message}");
    return 1;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true; // the default action would end the process here and now
    stop.Cancel();
}

static string Line(ExecEvent next)
{
    string failure = next.Failure == Errno.None ? "" : $"  ({next.Failure})";
    return $"{next.LocalTime:HH:mm:ss} {next.Process,7} {next.Parent,7} {next.User,6} {next.ParentName,-15} {next.CommandLine}{failure}";
}
