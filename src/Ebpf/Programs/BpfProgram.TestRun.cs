using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Programs;

namespace Ebpf;

/// <content>Test runs.</content>
public sealed unsafe partial class BpfProgram
{
    /// <summary>More than any kind of context has that the kernel gives back: <c>struct __sk_buff</c> has 192 bytes.</summary>
    private const int ContextRoom = 1024;

    /// <summary>Runs the program once on a packet. Since Linux 4.12.</summary>
    /// <param name="packet">The packet: at least the 14 bytes of an Ethernet header, for netfilter programs the 20 bytes of one of IPv4.</param>
    /// <returns>What the program returned: an <see cref="XdpAction"/> or <see cref="TcAction"/>, for example.</returns>
    /// <exception cref="ObjectDisposedException">The program is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused: not every type of program has test runs.</exception>
    /// <remarks>
    /// Signals for this thread are delivered after the run. Those that cannot be deferred (SIGSTOP) make the kernel restart the
    /// run, at most five times; before Linux 5.13 the kernel may also restart a run that was complete.
    /// </remarks>
    public uint TestRun(ReadOnlySpan<byte> packet)
    {
        fixed (byte* data = packet)
        {
            ProgramTestRunAttr attr = new() { DataIn = data, DataInSize = (uint)packet.Length };
            Run(ref attr, room: 0, CancellationToken.None);
            return attr.ReturnValue;
        }
    }

    /// <summary>Runs the program once on a context, and on a packet for programs that see one. Since Linux 4.12.</summary>
    /// <typeparam name="TContext">
    /// A struct of the layout of the program's context, or of its beginning: <c>struct __sk_buff</c>, <c>struct xdp_md</c>,
    /// <c>struct bpf_sk_lookup</c>, the arguments of a raw tracepoint (8 bytes each), a syscall program's own.
    /// </typeparam>
    /// <param name="context">
    /// The context. It is updated to what the program left, except for programs that only read it (tracing, raw tracepoints).
    /// </param>
    /// <param name="packet">The packet, for programs that see one.</param>
    /// <returns>What the program returned.</returns>
    /// <exception cref="ObjectDisposedException">The program is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused: not every type of program has test runs; the message says what is wrong.</exception>
    /// <inheritdoc cref="TestRun(ReadOnlySpan{byte})" path="/remarks"/>
    public uint TestRun<TContext>(ref TContext context, ReadOnlySpan<byte> packet)
        where TContext : unmanaged =>
        TestRun(ref context, packet, [], out _);

    /// <summary>Runs the program once on a context, without a packet. Since Linux 4.12.</summary>
    /// <param name="context">The context. It is updated to what the program left.</param>
    /// <inheritdoc cref="TestRun{TContext}(ref TContext, ReadOnlySpan{byte})"/>
    public uint TestRun<TContext>(ref TContext context)
        where TContext : unmanaged =>
        TestRun(ref context, [], [], out _);

    /// <summary>
    /// Runs the program once on a context and a packet, and returns the packet as the program left it. Since Linux 4.12.
    /// </summary>
    /// <param name="context">The context. It is updated to what the program left.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="packetOut">Receives the packet as the program left it; may be the memory of <paramref name="packet"/>.</param>
    /// <param name="packetSize">The size in bytes of the packet as the program left it.</param>
    /// <exception cref="ObjectDisposedException">The program is disposed.</exception>
    /// <exception cref="BpfException">
    /// The kernel refused, or the packet is now longer than <paramref name="packetOut"/> (ENOSPC; the program has run).
    /// </exception>
    /// <inheritdoc cref="TestRun{TContext}(ref TContext, ReadOnlySpan{byte})"/>
    public uint TestRun<TContext>(ref TContext context, ReadOnlySpan<byte> packet, Span<byte> packetOut, out int packetSize)
        where TContext : unmanaged
    {
        // The kernel gives its whole struct back, however short the caller's is.
        int size = sizeof(TContext);
        bool inPlace = Type == ProgramType.Syscall, returns = TestRunRules.Of(Type).GivesContext;
        byte* room = stackalloc byte[returns ? ContextRoom : 1];
        fixed (byte* data = packet, dataOut = packetOut)
        fixed (TContext* given = &context)
        {
            ProgramTestRunAttr attr = new()
            {
                DataIn = data,
                DataInSize = (uint)packet.Length,
                DataOut = dataOut,
                DataOutSize = (uint)packetOut.Length,
                ContextIn = given,
                ContextInSize = (uint)size,
                ContextOut = returns && !inPlace ? room : null,
                ContextOutSize = returns && !inPlace ? ContextRoom : 0u,
            };
            Run(ref attr, packetOut.Length, CancellationToken.None);
            if (returns && !inPlace) NativeMemory.Copy(room, given, (nuint)Math.Min(size, (int)Math.Min(attr.ContextOutSize, ContextRoom)));
            packetSize = packetOut.IsEmpty ? packet.Length : (int)attr.DataOutSize;
            return attr.ReturnValue;
        }
    }

    /// <summary>Runs the program. Since Linux 4.12.</summary>
    /// <param name="options">The input of the program, and the number of runs.</param>
    /// <param name="cancellation">
    /// Cancels the run when signals make the kernel restart it. A run that is not interrupted is not canceled: see
    /// <see cref="Benchmark"/> for many runs that can be canceled.
    /// </param>
    /// <returns>The return value of the program, with packet and context as it left them.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or not for programs of this type.</exception>
    /// <exception cref="ObjectDisposedException">The program is disposed.</exception>
    /// <exception cref="BpfException">
    /// The kernel refused: not every type of program has test runs. If the packet grew by more than the headroom (ENOSPC), the
    /// program has run, and the message says how much it needs.
    /// </exception>
    /// <exception cref="OperationCanceledException">The run was canceled.</exception>
    /// <inheritdoc cref="TestRun(ReadOnlySpan{byte})" path="/remarks"/>
    public TestRunResult TestRun(TestRunOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        cancellation.ThrowIfCancellationRequested();
        TestRunRules rules = TestRunRules.Of(Type);
        rules.Check(Type, options);

        // Live packets go their way: nothing is returned.
        bool returns = !options.Flags.HasFlag(TestRunFlags.XdpLiveFrames), inPlace = Type == ProgramType.Syscall;
        byte[] dataOut = options.Data.IsEmpty || !returns ? [] : new byte[options.Data.Length + options.Headroom];
        byte[] contextOut = options.Context.IsEmpty || !returns || !rules.GivesContext ? [] : new byte[ContextRoom];
        ReadOnlySpan<byte> contextIn = inPlace ? (contextOut = options.Context.ToArray()) : options.Context.Span;
        fixed (byte* dataInPointer = options.Data.Span, dataOutPointer = dataOut)
        fixed (byte* contextInPointer = contextIn, contextOutPointer = contextOut)
        {
            ProgramTestRunAttr attr = new()
            {
                DataIn = dataInPointer,
                DataInSize = (uint)options.Data.Length,
                DataOut = dataOutPointer,
                DataOutSize = (uint)dataOut.Length,
                ContextIn = contextInPointer,
                ContextInSize = (uint)contextIn.Length,
                ContextOut = inPlace ? null : contextOutPointer,
                ContextOutSize = inPlace ? 0 : (uint)contextOut.Length,
                Repeat = Times(options.Repeat),
                Flags = (uint)(options.Flags | (options.Cpu is null ? TestRunFlags.None : TestRunFlags.RunOnCpu)),
                Cpu = (uint)options.Cpu.GetValueOrDefault(),
                BatchSize = (uint)options.BatchSize,
            };
            Run(ref attr, dataOut.Length, cancellation);
            return new TestRunResult
            {
                ReturnValue = attr.ReturnValue,
                Data = dataOut.AsMemory(0, (int)Math.Min(attr.DataOutSize, (uint)dataOut.Length)),
                Context = inPlace ? contextOut : contextOut.AsMemory(0, (int)Math.Min(attr.ContextOutSize, (uint)contextOut.Length)),
                AverageNanoseconds = attr.Duration,
            };
        }
    }

    /// <summary>Measures how long one run of the program takes. Since Linux 4.12.</summary>
    /// <param name="packet">The packet: at least 14 bytes. From time to time the program gets a fresh copy of it.</param>
    /// <param name="runs">The number of runs: 100,000 give a steady result for most programs.</param>
    /// <param name="cancellation">Cancels the runs, within about a tenth of a second.</param>
    /// <returns>The average time, and the last return value.</returns>
    /// <remarks>
    /// The program runs on one CPU, which does nothing else meanwhile, with warm caches: in real use it takes longer. Signals for
    /// this thread are delivered with a delay of up to a tenth of a second.
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="runs"/> is less than 1, or programs of this type run only once.</exception>
    /// <exception cref="ObjectDisposedException">The program is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused: not every type of program has test runs.</exception>
    /// <exception cref="OperationCanceledException">The runs were canceled.</exception>
    public BenchmarkResult Benchmark(ReadOnlySpan<byte> packet, int runs, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        if (!TestRunRules.Of(Type).Repeats) throw TestRunRules.RunsOnce(Type, nameof(runs));
        const int firstPart = 1000;
        const long partNanoseconds = 50_000_000;
        double total = 0;
        int done = 0, part = Math.Min(runs, firstPart);
        fixed (byte* data = packet)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                ProgramTestRunAttr attr = new() { DataIn = data, DataInSize = (uint)packet.Length, Repeat = Times(part) };
                Run(ref attr, room: 0, cancellation);
                total += (double)attr.Duration * part;
                done += part;
                if (done == runs) return new BenchmarkResult { AverageNanoseconds = total / done, Runs = done, ReturnValue = attr.ReturnValue };

                // Short enough for cancellation, long enough that what surrounds a call does not count.
                part = (int)Math.Min(runs - done, Math.Max(partNanoseconds / Math.Max(attr.Duration, 1u), 1));
            }
        }
    }

    /// <summary>Tracing programs refuse any repeat but none; for the others 0 is once.</summary>
    private static uint Times(int repeat) => repeat == 1 ? 0 : (uint)repeat;

    /// <param name="attr">What the program is given.</param>
    /// <param name="room">How long the buffer for the packet is: the kernel writes over it in <paramref name="attr"/>.</param>
    /// <param name="cancellation">Ends it between two attempts.</param>
    private void Run(ref ProgramTestRunAttr attr, int room, CancellationToken cancellation)
    {
        Errno error = Kernel.TestRun(Handle, ref attr, cancellation);
        if (error != Errno.None) throw TestRunRules.Explain(this, in attr, room, error);
    }
}
