using Ebpf.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Linux;

public sealed class BpfHandleTests
{
    [Fact]
    public void Take_DescriptorZero_IsMovedAway()
    {
        const int copy = 900;
        List<int> closed = [];
        FaultyKernel kernel = new() { OnClose = closed.Add, OnDuplicate = _ => new CallResult(copy) };
        BpfHandle? handle = BpfHandle.Take(kernel, CallResult.Success, out Errno error);

        Assert.Equal(Errno.None, error);
        using (BorrowedDescriptor borrowed = handle.Borrow()) Assert.Equal(copy, borrowed.Descriptor);
        Assert.Equal([0], closed);
        handle!.Dispose();
        Assert.Equal([0, copy], closed);
    }

    [Fact]
    public void Take_DescriptorZeroThatCannotBeMoved_IsClosed()
    {
        List<int> closed = [];
        FaultyKernel kernel = new() { OnClose = closed.Add, OnDuplicate = _ => CallResult.Of(Errno.EMFILE) };

        Assert.Null(BpfHandle.Take(kernel, CallResult.Success, out Errno error));
        Assert.Equal(Errno.EMFILE, error);
        Assert.Equal([0], closed);
    }

    [Fact]
    public void Borrow_KeepsTheDescriptorOpenOverDispose()
    {
        FaultyKernel kernel = new();
        BpfMap map = Maps.Make.Map(kernel, Maps.Make.Spec(MapType.Hash));
        using (BorrowedDescriptor borrowed = map.Handle.Borrow())
        {
            map.Dispose();
            Assert.Equal(1, kernel.OpenDescriptors);
            Assert.True(File.Exists($"/proc/self/fd/{borrowed.Descriptor}"));
        }

        Assert.Equal(0, kernel.OpenDescriptors);
        Assert.Throws<ObjectDisposedException>(() => map.Handle.Borrow().Dispose());
    }

    [Fact]
    public void BorrowAndDispose_InAnyOrder_CloseOnceAndNeverInUse()
    {
        // Every borrower sees an open descriptor until it gives it back, and the last one of all closes it: once.
        const int borrowers = 3;
        for (int round = 0; round < 300; round++)
        {
            int closed = 0, wrong = 0;
            FaultyKernel kernel = new() { OnClose = _ => Interlocked.Increment(ref closed) };
            BpfHandle handle = BpfHandle.Take(kernel, new CallResult(900), out _)!;
            using Barrier start = new(borrowers + 1);
            Thread[] threads = [.. Enumerable.Range(0, borrowers).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                try
                {
                    while (true)
                    {
                        using BorrowedDescriptor borrowed = handle.Borrow();
                        if (Volatile.Read(ref closed) != 0) Interlocked.Increment(ref wrong);
                    }
                }
                catch (ObjectDisposedException)
                {
                    // The end.
                }
            }))];
            foreach (Thread thread in threads) thread.Start();
            start.SignalAndWait(TestContext.Current.CancellationToken);
            handle.Dispose();
            handle.Dispose();
            foreach (Thread thread in threads) thread.Join();

            Assert.Equal((1, 0), (closed, wrong));
            Assert.True(handle.IsClosed);
        }
    }

    [Fact]
    public void BaseCount_OfSafeHandle_KeepsTheDescriptorOpenToo()
    {
        FaultyKernel kernel = new();
        BpfMap map = Maps.Make.Map(kernel, Maps.Make.Spec(MapType.Hash));
        bool held = false;
        map.Handle.DangerousAddRef(ref held);
        map.Dispose();
        Assert.Equal(1, kernel.OpenDescriptors);
        map.Handle.DangerousRelease();

        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Borrow_OfNothing_IsZero()
    {
        using BorrowedDescriptor borrowed = BpfHandleBorrowing.Borrow(null);

        Assert.Equal(0, borrowed.Descriptor);
    }

    [Fact]
    public void Descriptors_AreClosedOnExec()
    {
        using BpfMap map = Maps.Make.Map(MapType.Hash);
        using BpfHandle? copy = map.Handle.Duplicate(out _);
        using BorrowedDescriptor own = map.Handle.Borrow(), copied = copy.Borrow();

        foreach (int descriptor in (int[])[own.Descriptor, copied.Descriptor])
        {
            string flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").Single(line => line.StartsWith("flags:", StringComparison.Ordinal));
            Assert.NotEqual(0, Convert.ToInt32(flags.Split('\t')[1], 8) & (int)OpenMode.CloseOnExec);
        }

        Assert.NotEqual(own.Descriptor, copied.Descriptor);
    }
}
