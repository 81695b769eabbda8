using System.Globalization;
using Spectre.Console;

namespace PacketCounter;

/// <summary>Shows the counters until it is stopped: a live table on a terminal, else a line a second.</summary>
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

    private static string Line(Snapshot snapshot, TrafficRates rates) => string.Create(
        CultureInfo.InvariantCulture,
        $"{snapshot.Elapsed.TotalSeconds,6:0.0}s  total {snapshot.Total.Packets} ({rates.Total.Packets:0}/s), " +
        $"{ByteSize.Format(snapshot.Total.Bytes)}") + string.Concat(snapshot.Protocols.Select(row => string.Create(
            CultureInfo.InvariantCulture, $"  {row.Key.GetName()} {row.Value.Packets} ({rates[row.Key].Packets:0}/s)")));

    /// <summary>Reads at once, then in each interval, and once more when it is stopped.</summary>
    private static async IAsyncEnumerable<Snapshot> ReadEachAsync(
        TrafficCounter counter, TimeSpan interval, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            yield return counter.Read();
            await Task.Delay(interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        yield return counter.Read();
    }
}
