using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Ebpf.Asm;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Loading;

[SupportedOSPlatform("linux")]
public sealed unsafe class InterruptedLoadTests
{
    [Fact]
    public void Load_SignalsAllTheTime_VerifiesOnce()
    {
        FaultyKernel kernel = new();
        UseInterrupted(() =>
            BpfCollection.Load(Code.Spec(Code.Returning(0, Code.Loop(250_000))), new CollectionOptions { Kernel = kernel }).Dispose());

        Assert.Equal(1, kernel.Commands.Count(command => command == BpfCommand.ProgramLoad));
    }

    [Fact]
    public void Benchmark_SignalsAllTheTime_RunsEachPartOnce()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = BpfCollection.Load(Code.Spec(Code.Returning(7, Code.Loop(1000))), new CollectionOptions { Kernel = kernel });
        BenchmarkResult result = default;
        UseInterrupted(() => result = collection.Programs["p0"].Benchmark(Packets.Udp(), 20_000));

        Assert.Equal((20_000, 7u), (result.Runs, result.ReturnValue));

        // The first part has a thousand runs; the others take 50 ms or so each, in which many signals come.
        Assert.InRange(kernel.Commands.Count(command => command == BpfCommand.ProgramTestRun), 1, 19_001);
    }

    /// <summary>Does something on a thread that gets a signal each millisecond.</summary>
    private static void UseInterrupted(Action use)
    {
        // A handler, so that the signal is not ignored.
        using PosixSignalRegistration registration = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => { });
        int thread = 0, sent = 0;
        Exception? failure = null;
        Thread user = new(() =>
        {
            Volatile.Write(ref thread, ThreadCalls.Id);
            try
            {
                use();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        user.Start();
        while (user.IsAlive)
        {
            if (Volatile.Read(ref thread) is var id && id != 0 && ThreadCalls.Interrupt(id)) sent++;
            Thread.Sleep(1);
        }

        user.Join();

        Assert.Null(failure);
        Assert.True(sent > 0);
    }

    [Fact]
    public void Load_InterruptedEachTime_SaysSo()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.ProgramLoad ? Errno.EAGAIN : null };

        BpfException error = Assert.Throws<BpfException>(
            () => BpfCollection.Load(Code.Spec(Code.Returning(0)), new CollectionOptions { Kernel = kernel }));

        Assert.Equal("Load program \"p0\": EAGAIN: the verifier was interrupted by signals, each time that it was tried", error.Message);

        // And not once more for a log.
        Assert.Equal(5, kernel.Commands.Count(command => command == BpfCommand.ProgramLoad));
    }

    [Fact]
    public void Load_CancelledWhileInterrupted_EndsBetweenTwoAttempts()
    {
        using CancellationTokenSource source = new();
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) =>
            {
                if (command != BpfCommand.ProgramLoad) return null;
                source.Cancel();
                return Errno.EAGAIN;
            },
        };

        Assert.Throws<OperationCanceledException>(
            () => BpfCollection.Load(Code.Spec(Code.Returning(0)), new CollectionOptions { Kernel = kernel }, source.Token));

        Assert.Equal(1, kernel.Commands.Count(command => command == BpfCommand.ProgramLoad));
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Theory]
    [InlineData(Errno.EMFILE, "this process has as many open files as it may have (RLIMIT_NOFILE)", VerifierLogLevel.None)]
    [InlineData(Errno.ENFILE, "the machine has as many open files as it may have (sysctl fs.file-max)", VerifierLogLevel.None)]
    [InlineData(Errno.ENOMEM, "the kernel has not enough memory for it", VerifierLogLevel.None)]
    [InlineData(Errno.EPERM, "a Linux security module (LSM) may forbid it", VerifierLogLevel.None)]
    [InlineData(Errno.EACCES, "a Linux security module (LSM) may forbid it", VerifierLogLevel.None)]
    [InlineData(Errno.EMFILE, "this process has as many open files as it may have (RLIMIT_NOFILE)", VerifierLogLevel.Instructions)]
    [InlineData(Errno.ENOMEM, "the kernel has not enough memory for it", VerifierLogLevel.Branches)]
    [InlineData(Errno.EPERM, "a Linux security module (LSM) may forbid it", VerifierLogLevel.Instructions)]
    [InlineData(Errno.EACCES, "a Linux security module (LSM) may forbid it", VerifierLogLevel.Branches)]
    public void Load_RefusedAfterTheVerifierAccepted_IsNotToldAsItsRefusal(Errno errno, string advice, VerifierLogLevel level)
    {
        if (errno == Errno.EPERM) Requires.Kernel(5, 11, "memory of programs without RLIMIT_MEMLOCK, which is the reason before,");
        FaultyKernel kernel = new() { OnBpf = (command, attr) => command == BpfCommand.ProgramLoad ? AcceptAndRefuse(attr, errno) : null };
        kernel.Files["/proc/self/status"] = "CapEff:\t000001ffffffffff\nSeccomp:\t0\n";
        kernel.Files["/sys/kernel/security/lockdown"] = "[none] integrity confidentiality\n";

        // With a function that the verifier goes through by itself, and a branch.
        InstructionList code =
        [
            Instruction.Mov(Register.R0, 1),
            Instruction.JumpIf(JumpCondition.Equal, Register.R0, 0, 1),
            Instruction.Mov(Register.R0, 2),
            Instruction.Exit(),
        ];
        BpfException error = Assert.Throws<BpfException>(
            () => BpfCollection.Load(Code.Spec(Code.Of(code)), new CollectionOptions { Kernel = kernel, LogLevel = level }));

        Assert.Equal(errno, error.Errno);
        Assert.EndsWith(advice, error.Advice);
    }

    [Fact]
    public void Load_WithoutLogOfFailures_VerifiesOnce_AndSaysThatTheLogWasNotAskedFor()
    {
        FaultyKernel kernel = new();

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(
            Code.Spec(Code.Of([Instruction.Exit()])), new CollectionOptions { Kernel = kernel, LogFailures = false }));

        Assert.Equal(
            "Load program \"p0\": EACCES: the verifier's log was not asked for (CollectionOptions.LogFailures)", error.Message);
        Assert.Equal(1, kernel.Commands.Count(command => command == BpfCommand.ProgramLoad));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void Load_GoodProgramWhoseLogWasTooLongOnTheWay_IsLoaded(int times)
    {
        // At this level the verifier takes back what it wrote of a path that is good: little is left.
        CollectionOptions options = new() { LogLevel = VerifierLogLevel.Branches, MaxLogSize = 2048 };
        using BpfCollection collection = BpfCollection.Load(Code.Spec(Code.Returning(7, Code.Loop(times))), options);

        Assert.Equal(7u, collection.Programs["p0"].TestRun(Packets.Udp()));
    }

    [Fact]
    public void Load_BadProgramWhoseLogWasTooLongOnTheWay_IsToldWithItsOwnErrno()
    {
        InstructionList code =
        [
            Instruction.Mov(Register.R6, Register.R1),
            .. Code.Loop(1000),
            Instruction.Load(AccessSize.Word, Register.R7, Register.R6, 0),
            Instruction.JumpIf(JumpCondition.Equal, Register.R7, 0, 1),
            Instruction.Mov(Register.R0, 0),
            Instruction.Exit(),
        ];

        VerifierException error = Assert.Throws<VerifierException>(
            () => BpfCollection.Load(Code.Spec(Code.Of(code)), new CollectionOptions { MaxLogSize = 2048 }));

        Assert.Equal(Errno.EACCES, error.Errno);
        Assert.True(error.IsLogTruncated);
        Assert.True(error.Reason.Contains("!read_ok", StringComparison.Ordinal) || error.Reason.Contains("kernels before 6.4", StringComparison.Ordinal), error.Reason);
    }

    /// <summary>The verifier goes through the program, and writes its log; something behind it refuses.</summary>
    private static Errno AcceptAndRefuse(nint attr, Errno errno)
    {
        CallResult result = RunningKernel.Instance.Bpf(BpfCommand.ProgramLoad, ref *(ProgramLoadAttr*)attr);
        Assert.Equal(Errno.None, result.Error);
        RunningKernel.Instance.Close(result.Value);
        return errno;
    }
}
