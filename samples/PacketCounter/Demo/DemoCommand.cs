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
            using Process counting = IpCommand.StartSelf(
                network.CountingNamespace, readOutput: false, CountingHalf.Command, network.Name);
            return await WaitForExitAsync(counting, stop);
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

    /// <summary>Waits for a half of the demo; when it shall stop, asks it to and, if need be, ends it.</summary>
    public static async Task<int> WaitForExitAsync(Process half, CancellationToken stop)
    {
        await half.WaitForExitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        half.StandardInput.Close();
        await half.WaitForExitAsync(CancellationToken.None).WaitAsync(ExitTimeout)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!half.HasExited)
        {
            half.Kill(entireProcessTree: true);
            await half.WaitForExitAsync(CancellationToken.None);
        }
        return half.ExitCode;
    }
}
