using System.Text;
using Ebpf.Linux;

namespace Ebpf.Tests.Linux;

public sealed class LinuxKernelTests
{
    [Fact]
    public void Bpf_InterruptedBySignals_IsMadeAgain()
    {
        int left = 3;
        FaultyKernel kernel = new() { OnBpf = (_, _) => left-- > 0 ? Errno.EINTR : null };
        uint id = 0;

        Errno error = kernel.GetNextId(BpfCommand.MapGetNextId, ref id);

        Assert.True(error is Errno.None or Errno.ENOENT);
        Assert.Equal(4, kernel.Commands.Count);
    }

    [Theory]
    [InlineData(nameof(BpfCommand.ProgramLoad), Errno.EAGAIN, 5)]
    [InlineData(nameof(BpfCommand.ProgramLoad), Errno.EINTR, 5)]
    [InlineData(nameof(BpfCommand.ProgramTestRun), Errno.EINTR, 5)]
    [InlineData(nameof(BpfCommand.ProgramTestRun), Errno.EAGAIN, 1)]
    public void BpfAtLength_InterruptedEachTime_GivesUp(string name, Errno errno, int attempts)
    {
        FaultyKernel kernel = new() { OnBpf = (_, _) => errno };
        MapElementAttr attr = default;

        CallResult result = kernel.BpfAtLength(Enum.Parse<BpfCommand>(name), ref attr, TestContext.Current.CancellationToken);

        Assert.Equal(errno, result.Error);
        Assert.Equal(attempts, kernel.Commands.Count);
    }

    [Fact]
    public void BpfAtLength_CancelledWhileInterrupted_LooksBetweenTwoAttempts()
    {
        using CancellationTokenSource source = new();
        FaultyKernel kernel = new()
        {
            OnBpf = (_, _) =>
            {
                source.Cancel();
                return Errno.EINTR;
            },
        };
        MapElementAttr attr = default;

        Assert.Throws<OperationCanceledException>(() => kernel.BpfAtLength(BpfCommand.ProgramTestRun, ref attr, source.Token));
        Assert.Single(kernel.Commands);
    }

    [Fact]
    public void BlockedSignals_OfTheThread_AreBlockedBetween_AndAsBeforeAfterwards()
    {
        Assert.Equal(0ul, Blocked() & ~Inherited);
        using (new BlockedSignals(RunningKernel.Instance))
        {
            ulong blocked = Blocked();
            foreach (int signal in (int[])[1, 2, 10, 12, 14, 15, 17, 18, 20, 27, 29, 36, 64])
                Assert.True((blocked >> (signal - 1) & 1) == 1, $"signal {signal}");

            // SIGKILL, SIGSTOP, those of faults, those of the C library and of the runtime.
            foreach (int signal in (int[])[4, 5, 6, 7, 8, 9, 11, 19, 31, 32, 33, 34])
                Assert.True((blocked >> (signal - 1) & 1) == 0, $"signal {signal}");
        }

        Assert.Equal(0ul, Blocked() & ~Inherited);
    }

    [Theory]
    [InlineData(nameof(BpfCommand.MapUpdateElement), Errno.EAGAIN, 1)]
    [InlineData(nameof(BpfCommand.MapLookupBatch), Errno.EINTR, 1)]
    public void Bpf_OtherInterruptions_AreBounded(string name, Errno errno, int attempts)
    {
        BpfCommand command = Enum.Parse<BpfCommand>(name);
        FaultyKernel kernel = new() { OnBpf = (_, _) => errno };
        MapElementAttr attr = default;

        Assert.Equal(errno, kernel.Bpf(command, ref attr).Error);
        Assert.Equal(attempts, kernel.Commands.Count);
    }

    /// <summary>What the thread was started with; a test host may block some.</summary>
    private static ulong Inherited { get; } = Blocked();

    private static ulong Blocked()
    {
        // The file of the calling thread, not of the process.
        string line = File.ReadLines("/proc/thread-self/status").Single(line => line.StartsWith("SigBlk:", StringComparison.Ordinal));
        return Convert.ToUInt64(line["SigBlk:".Length..].Trim(), 16);
    }

    [Fact]
    public void CallResult_TellsValuesFromErrors()
    {
        Assert.Equal(Errno.ENOTSUPP, CallResult.Of(Errno.ENOTSUPP).Error);
        Assert.True(new CallResult(-4095).Failed);
        Assert.False(new CallResult(-4096).Failed);
        Assert.False(new CallResult(unchecked((nint)0xffff_8000_0000_0000)).Failed);
        Assert.Equal((Errno.None, 7), (new CallResult(7).Error, new CallResult(7).Value));
    }

    [Fact]
    public void ReadFile_OfUnknownAndLargeSize_IsWhole()
    {
        string path = Path.GetTempFileName();
        byte[] content = new byte[100_001];
        Random.Shared.NextBytes(content);
        File.WriteAllBytes(path, content);
        try
        {
            Assert.Equal(Errno.None, RunningKernel.Instance.ReadFile(path, out byte[] read));
            Assert.True(content.AsSpan().SequenceEqual(read));
            Assert.StartsWith("Linux version", RunningKernel.Instance.ReadText("/proc/version"));
            Assert.Equal(Errno.ENOENT, RunningKernel.Instance.ReadFile("/no/such/file", out _));
            Assert.Equal(Errno.EISDIR, RunningKernel.Instance.ReadFile("/proc", out _));
            Assert.Null(RunningKernel.Instance.ReadText("/no/such/file"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void WriteText_ReplacesOrAppends()
    {
        string path = Path.GetTempFileName();
        try
        {
            Assert.Equal(Errno.None, RunningKernel.Instance.WriteText(path, "one"));
            Assert.Equal(Errno.None, RunningKernel.Instance.WriteText(path, "two"));
            Assert.Equal(Errno.None, RunningKernel.Instance.WriteText(path, " three", append: true));
            Assert.Equal("two three", File.ReadAllText(path));
            Assert.Equal(Errno.ENOENT, RunningKernel.Instance.WriteText("/no/such/file", "x"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void ListDirectory_GivesEveryName()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory();
        try
        {
            string[] expected = [.. Enumerable.Range(0, 3000).Select(i => $"a file with a long name that fills buffers {i:d5}")];
            foreach (string name in expected) File.Create(Path.Combine(directory.FullName, name)).Dispose();

            Assert.Equal(Errno.None, RunningKernel.Instance.ListDirectory(directory.FullName, out string[] names));
            Assert.Equal(expected, names);
            Assert.Equal(Errno.ENOTDIR, RunningKernel.Instance.ListDirectory("/proc/version", out _));
            Assert.Equal(Errno.ENOENT, RunningKernel.Instance.ListDirectory("/no/such/directory", out _));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Rename_NeverReplaces()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory();
        string one = Path.Combine(directory.FullName, "one"), two = Path.Combine(directory.FullName, "two");
        File.WriteAllText(one, "1");
        File.WriteAllText(two, "2");
        try
        {
            Assert.Equal(Errno.EEXIST, RunningKernel.Instance.Rename(one, two).Error);
            Assert.Equal(Errno.None, RunningKernel.Instance.Rename(one, one + "3").Error);
            Assert.Equal("1", File.ReadAllText(one + "3"));
            Assert.Equal(Errno.None, RunningKernel.Instance.Unlink(two).Error);
            Assert.False(RunningKernel.Instance.Exists(two));
            Assert.Equal(Errno.None, RunningKernel.Instance.MakeDirectory(two, 0x1c0).Error);
            Assert.True(RunningKernel.Instance.Exists(two));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void InterfaceIndex_KnowsLoopback()
    {
        Assert.Equal(1, RunningKernel.Instance.InterfaceIndex("lo").Value);
        Assert.Equal(Errno.ENODEV, RunningKernel.Instance.InterfaceIndex("no_such_if").Error);
    }

    [Fact]
    public void Netlink_AnswersARequest()
    {
        const int netlink = 16, raw = 3, route = 0;
        CallResult socket = RunningKernel.Instance.Socket(netlink, raw, route);
        Assert.False(socket.Failed);
        try
        {
            // RTM_GETLINK, dump: length 20, type 18, flags 0x301.
            byte[] request = [20, 0, 0, 0, 18, 0, 1, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], answer = new byte[32768];
            Assert.Equal(Errno.None, RunningKernel.Instance.Bind(socket.Value, [netlink, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).Error);
            Assert.Equal(request.Length, RunningKernel.Instance.Send(socket.Value, request).Value);
            int length = RunningKernel.Instance.Receive(socket.Value, answer).Value;
            Assert.True(answer.AsSpan(0, length).IndexOf("lo\0"u8) > 0);
        }
        finally
        {
            RunningKernel.Instance.Close(socket.Value);
        }
    }

    [Fact]
    public unsafe void Mmap_OfAnonymousMemory_CanBeUsed()
    {
        nuint page = (nuint)RunningKernel.Instance.PageSize;
        CallResult memory = RunningKernel.Instance.Mmap(
            0, page, MemoryProtection.Read | MemoryProtection.Write, MemoryMapping.Private | MemoryMapping.Anonymous, -1, 0);
        Assert.False(memory.Failed);
        *(int*)memory.Address = 42;

        Assert.Equal(42, *(int*)memory.Address);
        Assert.False(RunningKernel.Instance.Munmap(memory.Address, page).Failed);
        Assert.Equal(Errno.EBADF, RunningKernel.Instance.Mmap(
            0, page, MemoryProtection.Read, MemoryMapping.Shared, -1, 0).Error);
    }

    [Fact]
    public void PerfEventOpen_OfASoftwareEvent_GivesADescriptor()
    {
        const uint software = 1, bpfOutput = 10;
        PerfEventAttr attr = new() { Type = software, Config = bpfOutput, SampleType = 1 << 10, SamplePeriod = 1, Wakeup = 1 };
        BpfHandle? handle = BpfHandle.Take(
            RunningKernel.Instance, RunningKernel.Instance.PerfEventOpen(ref attr, -1, 0, -1, 0), out Errno error);

        Assert.Equal(Errno.None, error);
        handle!.Dispose();
    }

    [Fact]
    public void ResourceLimit_IsRead()
    {
        Assert.False(RunningKernel.Instance.GetResourceLimit(7, out ResourceLimit files).Failed);
        Assert.InRange(files.Current, 1ul, files.Maximum);
    }

    [Fact]
    public void ObjectName_KeepsWhatTheKernelTakes()
    {
        Assert.Equal("counter.rodata", ObjectName.From("counter.rodata").ToString());
        Assert.Equal("counter_rodata", ObjectName.From("counter.rodata").WithoutDots().ToString());
        Assert.Equal("fifteen_letters", ObjectName.From("fifteen_letters_and_more").ToString());
        Assert.Equal("a_b__", ObjectName.From("a b\u00e9\u0000").ToString());
        Assert.True(ObjectName.From("").IsEmpty);
        Assert.Equal(16, Encoding.ASCII.GetByteCount("sixteen_letters_"));
    }
}
