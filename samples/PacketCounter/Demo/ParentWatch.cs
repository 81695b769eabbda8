namespace PacketCounter.Demo;

/// <summary>Asks a half of the demo to stop when the process that started it is done with it, or has died.</summary>
internal static class ParentWatch
{
    /// <returns>Cancelled when <paramref name="signals"/> is, or when standard input ends.</returns>
    public static CancellationTokenSource Start(CancellationToken signals)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(signals);
        var thread = new Thread(() =>
        {
            using Stream input = Console.OpenStandardInput();
            while (input.ReadByte() >= 0)
            {
            }
            stop.Cancel();
        })
        { IsBackground = true };
        thread.Start();
        return stop;
    }
}
