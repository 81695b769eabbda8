namespace Ebpf.Linux;

/// <summary>
/// Keeps signals away from the calling thread until this is disposed: for system calls that take long and give up when a signal is
/// pending (BPF_PROG_LOAD answers EAGAIN, BPF_PROG_TEST_RUN EINTR).
/// </summary>
/// <remarks>
/// A signal for the process goes to another thread meanwhile, and one for this thread is delivered afterwards. What must never wait stays
/// open: SIGKILL and SIGSTOP, which cannot be blocked; the signals of faults and of abort(3), which arise in the thread itself; and
/// those with which the C library and the .NET runtime reach every thread (setuid(2) of a process; suspending threads for the garbage
/// collector): the real-time signals up to SIGRTMIN, which is 34 with glibc and 35 with musl.
/// </remarks>
internal readonly ref struct BlockedSignals
{
    private const ulong Open =
        (1ul << (4 - 1)) // SIGILL
        | (1ul << (5 - 1)) // SIGTRAP
        | (1ul << (6 - 1)) // SIGABRT
        | (1ul << (7 - 1)) // SIGBUS
        | (1ul << (8 - 1)) // SIGFPE
        | (1ul << (11 - 1)) // SIGSEGV
        | (1ul << (31 - 1)) // SIGSYS
        | (0b1111ul << (32 - 1));

    private readonly LinuxKernel? _kernel;
    private readonly ulong _before;

    public BlockedSignals(LinuxKernel kernel)
    {
        // A filter of system calls may forbid it; then signals interrupt as they always did.
        if (!kernel.ChangeSignalMask(SignalMaskChange.Block, ~Open, out _before).Failed) _kernel = kernel;
    }

    public void Dispose() => _kernel?.ChangeSignalMask(SignalMaskChange.Set, _before, out _);
}
