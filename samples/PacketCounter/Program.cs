using Ebpf;
using PacketCounter;
using PacketCounter.Demo;

using var signals = new StopSignals();
try
{
    switch (args)
    {
        case ["demo"]:
            return await DemoCommand.RunAsync(signals.Token);
        case [CountingHalf.Command, string network]:
            return await CountingHalf.RunAsync(new DemoNetwork(network), signals.Token);
        case [SendingHalf.Command]:
            return await SendingHalf.RunAsync(signals.Token);
    }

    if (CommandLine.Parse(args) is not { } commandLine)
    {
        Console.Error.WriteLine(CommandLine.Usage);
        return 2;
    }
    using var counter = new TrafficCounter(commandLine.InterfaceName, commandLine.Mode, commandLine.IpVersion);
    using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
    stop.CancelAfter(commandLine.Duration);
    await TrafficMonitor.ShowAsync(counter, stop.Token);
    if (!counter.IsDetached) return 0;
    Console.Error.WriteLine($"packet-counter: {commandLine.InterfaceName} is gone, or somebody detached the program");
    return 1;
}
catch (Exception error) when (error is BpfException or DemoException)
{
    // Some drivers know XDP, but not with this MTU or these offloads.
    string hint = error is BpfException { Errno: Errno.EOPNOTSUPP } ? " (try --generic)" : "";
    Console.Error.WriteLine($"packet-counter: {error.Message}{hint}");
    return 1;
}
