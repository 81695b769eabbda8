using System.Runtime.CompilerServices;
using System.Text;
using Spectre.Console;

namespace PacketCounter;

/// <summary>Shows the counters until it is stopped or the interface is gone: a live table on a terminal, else a line a second.</summary>
internal static class TrafficMonitor
{
    public static Task ShowAsync(TrafficCounter counter, CancellationToken stop) =>
        AnsiConsole.Profile.Capabilities.Ansi && !Console.IsOutputRedirected
            ? ShowTableAsync(counter, stop)
            : ShowLinesAsync(counter, stop);

    private static async Task ShowTableAsync(TrafficCounter counter, CancellationToken stop)
    {
        var rates = new TrafficRates();
        await AnsiConsole.Live(new Text("")).StartAsync(async display =>
        {
            await foreach (Snapshot snapshot in ReadEachAsync(counter, TimeSpan.FromSeconds(0.25), stop))
            {
                rates.Add(snapshot);
                display.UpdateTarget(TrafficTable.Draw(counter.InterfaceName, snapshot, rates));
            }
        });
    }

    private static async Task ShowLinesAsync(TrafficCounter counter, CancellationToken stop)
    {
        var rates = new TrafficRates();
        await foreach (Snapshot snapshot in ReadEachAsync(counter, TimeSpan.FromSeconds(1), stop))
        {
            rates.Add(snapshot);
            Console.WriteLine(Line(snapshot, rates));
        }
    }

    private static string Line(Snapshot snapshot, TrafficRates rates)
    {
        var line = new StringBuilder(
            $"{snapshot.Elapsed.TotalSeconds,6:0.0}s  {snapshot.Total.Packets} packets, {ByteSize.Format(snapshot.Total.Bytes)}");
        foreach ((Protocol protocol, Traffic traffic) in snapshot.Protocols)
            line.Append($"  {protocol.GetName()} {traffic.Packets} ({rates[protocol].Packets:0}/s)");
        return line.ToString();
    }

    /// <summary>Reads at once, then in each interval, and once more when it is stopped.</summary>
    private static async IAsyncEnumerable<Snapshot> ReadEachAsync(
        TrafficCounter counter, TimeSpan interval, [EnumeratorCancellation] CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !counter.IsDetached)
        {
            yield return counter.Read();
            await Task.Delay(interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        yield return counter.Read();
    }
}
