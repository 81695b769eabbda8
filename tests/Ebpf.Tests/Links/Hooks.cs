using Ebpf.Tests.Linux;
using Ebpf.Tests.Loading;

namespace Ebpf.Tests.Links;

/// <summary>Some programs of an object of hooks, with its variables.</summary>
internal sealed class Hooks : IDisposable
{
    private readonly BpfCollection _collection;

    /// <summary>Loads some programs of the hooks of cgroups.</summary>
    public Hooks(params string[] programs)
        : this("cgroup_hooks", programs, null)
    {
    }

    private Hooks(string name, string[] programs, FaultyKernel? kernel) =>
        _collection = BpfCollection.Load(One.Spec(name, programs), new CollectionOptions { Kernel = kernel });

    /// <summary>Loads some programs of an object.</summary>
    public static Hooks Of(string name, params string[] programs) => new(name, programs, null);

    /// <summary>Loads some programs of an object into a kernel.</summary>
    public static Hooks On(FaultyKernel kernel, string name, params string[] programs) => new(name, programs, kernel);

    /// <summary>How often the programs ran.</summary>
    public ulong Seen => Get<ulong>("seen");

    public BpfProgram this[string program] => _collection.Programs[program];

    public BpfMap Map(string name) => _collection.Maps[name];

    public T Get<T>(string variable)
        where T : unmanaged =>
        _collection.Variables[variable].Get<T>();

    public void Set<T>(string variable, T value)
        where T : unmanaged =>
        _collection.Variables[variable].Set(value);

    public void Dispose() => _collection.Dispose();
}
