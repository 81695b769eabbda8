using System.Collections.Concurrent;
using Ebpf.Linux;
using Ebpf.Tests.Assigning;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Loading;

public sealed class LoadProgressTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Load_EachMapAndProgram_IsToldOnce(int parallelism)
    {
        ConcurrentQueue<LoadProgress> told = [];
        CollectionSpec spec = LoadAndAssignTests.Spec();
        spec.Maps["unused"].AutoCreate = false;
        using BpfCollection collection = BpfCollection.Load(
            spec, new CollectionOptions { Parallelism = parallelism, Progress = new Listener<LoadProgress>(told.Enqueue) });

        foreach (LoadStage stage in Enum.GetValues<LoadStage>())
        {
            LoadProgress[] steps = [.. told.Where(step => step.Stage == stage)];
            IEnumerable<string> expected = stage == LoadStage.Maps ? collection.Maps.Keys : collection.Programs.Keys;
            Assert.Equal(expected.Order(StringComparer.Ordinal), steps.Select(step => step.Name).Order(StringComparer.Ordinal));
            Assert.Equal(Enumerable.Range(1, steps.Length), steps.Select(step => step.Done).Order());
            Assert.All(steps, step => Assert.Equal(steps.Length, step.Total));
            Assert.All(steps, step => Assert.True(step.Elapsed >= TimeSpan.Zero));
        }

        Assert.DoesNotContain(told, step => step.Name is "unused" or "optional");
        Requires.Kernel(5, 16, "counts of verified instructions");
        Assert.All(told, step => Assert.Equal(step.Stage == LoadStage.Programs, step.VerifiedInstructions > 0));
    }

    [Theory]
    [InlineData(LoadStage.Maps, 1)]
    [InlineData(LoadStage.Maps, 5)]
    [InlineData(LoadStage.Preparation, 2)]
    [InlineData(LoadStage.Programs, 1)]
    [InlineData(LoadStage.Programs, 6)]
    public void Load_ListenerThrows_EndsWithNothingLeft(LoadStage stage, int step)
    {
        string directory = $"{files.Root}/throws{stage}{step}";
        Listener<LoadProgress> listener = new(progress =>
        {
            if (progress.Stage == stage && progress.Done == step) throw new InvalidTimeZoneException("enough");
        });
        CollectionFixture.AssertNoDescriptorStays(kernel => Assert.Throws<InvalidTimeZoneException>(() => BpfCollection.Load(
            Pinned(), new CollectionOptions { PinDirectory = directory, Progress = listener, Kernel = kernel })));

        AssertNothingPinned(directory);
    }

    [Fact]
    public void Load_CancelledBefore_AsksTheKernelForNoMap()
    {
        FaultyKernel kernel = new();

        Assert.Throws<OperationCanceledException>(
            () => BpfCollection.Load(Pinned(), new CollectionOptions { Kernel = kernel }, cancellation: new CancellationToken(canceled: true)));

        Assert.DoesNotContain(BpfCommand.MapCreate, kernel.Commands);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Theory]
    [InlineData(LoadStage.Maps, 1, 1)]
    [InlineData(LoadStage.Maps, 8, 1)]
    [InlineData(LoadStage.Preparation, 1, 1)]
    [InlineData(LoadStage.Programs, 1, 1)]
    [InlineData(LoadStage.Programs, 1, 4)]
    [InlineData(LoadStage.Programs, 6, 4)]
    public void Load_Cancelled_EndsWithNothingLeft(LoadStage stage, int step, int parallelism)
    {
        string directory = $"{files.Root}/cancelled{stage}{step}x{parallelism}";
        using CancellationTokenSource source = new();
        int after = 0;
        Listener<LoadProgress> listener = new(progress =>
        {
            if (progress.Stage == stage && progress.Done == step) source.Cancel();
            else if (source.IsCancellationRequested) Interlocked.Increment(ref after);
        });
        CollectionFixture.AssertNoDescriptorStays(kernel => Assert.Throws<OperationCanceledException>(() => BpfCollection.Load(
            Pinned(),
            new CollectionOptions { PinDirectory = directory, Progress = listener, Parallelism = parallelism, Kernel = kernel },
            source.Token)));

        // What other threads were at is finished; nothing else is begun.
        Assert.InRange(after, 0, parallelism - 1);
        AssertNothingPinned(directory);
    }

    private static CollectionSpec Pinned()
    {
        CollectionSpec spec = LoadAndAssignTests.Spec();
        spec.Maps["shared"].Pinning = MapPinning.ByName;
        return spec;
    }

    private static void AssertNothingPinned(string directory)
    {
        if (Directory.Exists(directory)) Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
    }
}
