using System.Diagnostics;

namespace PacketCounter.Demo;

/// <summary>
/// Runs in the counting namespace: counts, as the tool always does, what the sending half sends, and checks the counts.
/// </summary>
internal static class CountingHalf
{
    public const string Command = "demo-count";

    /// <summary>How long the last packets may be on their way.</summary>
    private static readonly TimeSpan SettleTimeout = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(DemoNetwork network, CancellationToken signals)
    {
        using CancellationTokenSource stop = ParentWatch.Start(signals);
        try
        {
            // Attached before the sending end is up: no packet can pass unseen, so that totals can be compared.
            using var counter = new TrafficCounter(DemoNetwork.CountingInterface);
            Console.WriteLine("demo: one network namespace sends, another counts every packet that arrives");
            await network.ConnectAsync(stop.Token);

            using var done = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            Task serving = Task.WhenAll(DemoNetwork.CountingAddresses.Select(address => EchoServer.ServeAsync(address, done.Token)));
            Task showing = TrafficMonitor.ShowAsync(counter, done.Token);

            using Process sending = IpCommand.StartSelf(network.SendingNamespace, readOutput: true, SendingHalf.Command);
            Verdict? verdict;
            int sendingExitCode;
            try
            {
                verdict = await JudgeAsync(counter, sending, stop.Token);
            }
            finally
            {
                sendingExitCode = await DemoCommand.StopAsync(sending);
                await done.CancelAsync();
                await showing;
                await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (verdict is null) return sendingExitCode;
            Console.WriteLine(verdict);
            return verdict.IsExact ? 0 : 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return DemoCommand.Interrupted;
        }
    }

    /// <summary>Waits until everything is sent, and until it has arrived.</summary>
    /// <returns><c>null</c> if the sending half failed, and has told why.</returns>
    private static async Task<Verdict?> JudgeAsync(TrafficCounter counter, Process sending, CancellationToken stop)
    {
        if (await sending.StandardOutput.ReadLineAsync(stop) is not { } line) return null;

        SentTraffic sent = SentTraffic.Parse(line);
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            var verdict = new Verdict(counter.Read(), new KernelStatistics(sending.Id), sent);
            if (verdict.IsExact || Stopwatch.GetElapsedTime(start) > SettleTimeout) return verdict;
            await Task.Delay(50, stop);
        }
    }
}
