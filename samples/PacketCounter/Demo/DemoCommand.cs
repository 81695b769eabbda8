using System.Diagnostics;

namespace PacketCounter.Demo;

/// <summary>
/// <c>packet-counter demo</c>: counts traffic that it sends itself, and checks that the counts are exact. A process lives
/// in one network namespace, so the work is done by two more of them: <see cref="CountingHalf"/>, which starts
/// <see cref="SendingHalf"/>.
/// </summary>
internal static class DemoCommand
{
    /// <summary>As shells have it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(CancellationToken stop)
    {
        if (!Environment.IsPrivilegedProcess)
            throw new DemoException("the demo needs root: it makes network namespaces and loads a BPF program");

        var network = new DemoNetwork($"packet-counter-{Environment.ProcessId}");
        try
        {
            await network.CreateAsync();
            if (stop.IsCancellationRequested) return Interrupted;
            using Process counting = IpCommand.StartSelf(
                network.CountingNamespace, readOutput: false, CountingHalf.Command, network.Name);
            await counting.WaitForExitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return await StopAsync(counting);
        }
        catch (DemoException) when (stop.IsCancellationRequested)
        {
            return Interrupted;
        }
        finally
        {
            await network.DeleteAsync();
        }
    }

    /// <summary>Asks a half of the demo to stop, and waits until it has; ends it if it does not.</summary>
    /// <returns>Its exit code.</returns>
    public static async Task<int> StopAsync(Process half)
    {
        half.StandardInput.Close();
        await half.WaitForExitAsync(CancellationToken.None).WaitAsync(ExitTimeout)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!half.HasExited) half.Kill(entireProcessTree: true);
        await half.WaitForExitAsync(CancellationToken.None);
        return half.ExitCode;
    }
}
