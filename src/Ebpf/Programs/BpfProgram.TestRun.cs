using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Programs;

namespace Ebpf;

/// <content>Running for trial.</content>
public sealed unsafe partial class BpfProgram
{
    /// <summary>More than any kind of context has that the kernel gives back: <c>struct __sk_buff</c> has 192 bytes.</summary>
    private const int ContextRoom = 1024;

    /// <summary>Runs the program once on a packet, and returns what it returned. Since Linux 4.12.</summary>
    /// <param name="packet">The packet: at least 14 bytes, an Ethernet header.</param>
    /// <exception cref="BpfException">The kernel refused: not every kind of program can be run for trial.</exception>
    /// <remarks>
    /// A program that a signal interrupts is run again from the beginning; on Linux before 5.13 also one that was done already.
    /// </remarks>
    public uint TestRun(ReadOnlySpan<byte> packet)
    {
        fixed (byte* data = packet)
        {
            ProgramTestRunAttr attr = new() { DataIn = data, DataInSize = (uint)packet.Length };
            Run(ref attr);
            return attr.ReturnValue;
        }
    }

    /// <summary>Runs the program for trial. Since Linux 4.12.</summary>
    /// <param name="options">What the program is given, and how often it runs.</param>
    /// <exception cref="ArgumentException">Programs of this type are run once only.</exception>
    /// <exception cref="BpfException">
    /// The kernel refused: not every kind of program can be run for trial. If the packet grew by more than the headroom (ENOSPC), the
    /// program has run, and the message says how much it needs.
    /// </exception>
    /// <inheritdoc cref="TestRun(ReadOnlySpan{byte})" path="/remarks"/>
    public TestRunResult TestRun(TestRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Repeat, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Headroom);
        ArgumentOutOfRangeException.ThrowIfNegative(options.BatchSize);
        TestRunRules rules = TestRunRules.Of(Type);
        if (options.Repeat > 1 && !rules.Repeats) throw RunsOnce(nameof(options));

        // Live packets go their way: nothing comes back.
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
                Flags = options.Flags | (options.Cpu is null ? TestRunFlags.None : TestRunFlags.RunOnCpu),
                Cpu = (uint)options.Cpu.GetValueOrDefault(),
                BatchSize = (uint)options.BatchSize,
            };
            Run(ref attr, dataOut.Length);
            return new TestRunResult(
                attr.ReturnValue,
                dataOut[..Math.Min((int)attr.DataOutSize, dataOut.Length)],
                inPlace ? contextOut : contextOut[..Math.Min((int)attr.ContextOutSize, contextOut.Length)],
                attr.Duration);
        }
    }

    /// <summary>Measures how long one run of the program takes. Since Linux 4.12.</summary>
    /// <param name="packet">The packet: at least 14 bytes. Every some runs the program gets it anew.</param>
    /// <param name="runs">How often the program is run: 100,000 give a steady result for most.</param>
    /// <param name="cancellation">Ends it, within a tenth of a second or so.</param>
    /// <remarks>
    /// The program runs on one CPU, which does nothing else meanwhile, with warm caches: in real use it takes longer. Signals to the
    /// thread make it begin some of the runs anew.
    /// </remarks>
    /// <exception cref="ArgumentException">Programs of this type are run once only.</exception>
    /// <exception cref="BpfException">The kernel refused: not every kind of program can be run for trial.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public BenchmarkResult Benchmark(ReadOnlySpan<byte> packet, int runs, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        if (!TestRunRules.Of(Type).Repeats) throw RunsOnce(nameof(runs));
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
                Run(ref attr);
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

    private void Run(ref ProgramTestRunAttr attr, int room = 0)
    {
        Errno error = Kernel.TestRun(Handle, ref attr);
        if (error != Errno.None) throw NotRun(in attr, room, error);
    }

    private BpfException NotRun(in ProgramTestRunAttr attr, int room, Errno error)
    {
        string operation = $"Run program \"{Name}\" for trial";
        TestRunRules rules = TestRunRules.Of(Type);
        bool isLive = attr.Flags.HasFlag(TestRunFlags.XdpLiveFrames);
        string? advice = error switch
        {
            Errno.ENOTSUPP or Errno.EOPNOTSUPP => $"{Type} programs cannot be run for trial on this kernel",
            Errno.ENOSPC when attr.DataOutSize > room =>
                $"the packet has {attr.DataOutSize} bytes now, and there was room for {room}: set Headroom to {attr.DataOutSize - attr.DataInSize}",
            Errno.EINVAL when attr.DataInSize < rules.MinimalData =>
                $"a packet for a {Type} program has at least {rules.MinimalData} bytes, this one {attr.DataInSize}",
            Errno.EINVAL when !rules.TakesData && attr.DataInSize > 0 => $"{Type} programs take no packet, but a context",
            Errno.EINVAL when Type == ProgramType.SkLookup && attr.ContextInSize == 0 => "a struct bpf_sk_lookup is needed as the context",
            Errno.E2BIG when isLive && attr.BatchSize > 0 => "at most 256 packets are handled at once",
            Errno.EINVAL when isLive && KernelFacts.Of(Kernel).Version < new Version(5, 18) => "live frames since Linux 5.18",
            Errno.ENXIO when attr.Flags.HasFlag(TestRunFlags.RunOnCpu) => $"there is no CPU {attr.Cpu}, or it is off",
            Errno.EBADMSG when attr.Flags.HasFlag(TestRunFlags.SkbChecksumComplete) => "the checksum of the packet is wrong after the run",
            _ => null,
        };
        return Refusal.Explain(Kernel, operation, error, Privileges.Bpf, advice);
    }

    private ArgumentException RunsOnce(string parameter) => new($"{Type} programs are run once only.", parameter);
}
