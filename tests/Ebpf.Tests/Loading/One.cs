using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Loading;

/// <summary>Takes single programs out of the test objects.</summary>
internal static class One
{
    /// <summary>The spec of an object, of which only these programs are loaded.</summary>
    public static CollectionSpec Spec(string name, params string[] programs)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path(name));
        foreach (string program in programs) Assert.True(spec.Programs.ContainsKey(program), program);
        foreach ((string program, ProgramSpec description) in spec.Programs) description.AutoLoad = programs.Contains(program);
        return spec;
    }

    /// <summary>Loads a program alone, runs it on a packet, and returns what it returned.</summary>
    public static uint Run(CollectionSpec spec, string program, CollectionOptions? options = null)
    {
        uint result = 0;
        CollectionFixture.AssertNoDescriptorStays(kernel =>
        {
            using BpfCollection collection = BpfCollection.Load(spec, (options ?? new CollectionOptions()) with { Kernel = kernel });
            result = collection.Programs[program].TestRun(new byte[64]);
        });
        return result;
    }

    /// <summary>Fails to load, and leaves nothing open.</summary>
    public static T Fails<T>(CollectionSpec spec, CollectionOptions? options = null, Action<FaultyKernel>? prepare = null)
        where T : Exception
    {
        FaultyKernel kernel = new();
        prepare?.Invoke(kernel);
        T error = Assert.Throws<T>(() => BpfCollection.Load(spec, (options ?? new CollectionOptions()) with { Kernel = kernel }));
        Assert.Equal(0, kernel.OpenDescriptors);
        return error;
    }
}
