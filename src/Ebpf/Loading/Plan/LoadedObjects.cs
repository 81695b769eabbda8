namespace Ebpf.Loading.Plan;

/// <summary>What a load has made so far, which becomes the user's collection; after a failure all of it is closed.</summary>
internal sealed class LoadedObjects : IDisposable
{
    /// <summary>The maps, by the names that they have in the spec.</summary>
    public NameTable<BpfMap> Maps { get; } = new("map");

    /// <summary>The variables, by name.</summary>
    public NameTable<BpfVariable> Variables { get; } = new("variable");

    /// <summary>The programs, by the names that they have in the spec.</summary>
    public NameTable<BpfProgram> Programs { get; } = new("program");

    /// <summary>Closes every descriptor, and the memory of the variables.</summary>
    public void Dispose()
    {
        foreach (BpfProgram program in Programs.Values) program.Dispose();
        foreach (BpfMap map in Maps.Values) map.Dispose();
    }
}
