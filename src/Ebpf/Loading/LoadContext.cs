using Ebpf.Linux;

namespace Ebpf.Loading;

/// <summary>What the steps of loading a collection share.</summary>
/// <param name="Spec">What is loaded. It is not changed.</param>
/// <param name="Options">How.</param>
/// <param name="Collection">What takes the objects; undone as a whole after a failure.</param>
internal sealed record LoadContext(CollectionSpec Spec, CollectionOptions Options, BpfCollection Collection)
{
    /// <summary>Into which kernel.</summary>
    public LinuxKernel Kernel { get; } = LinuxKernel.Of(Options.Kernel);

    /// <summary>What is loaded of the spec; <c>null</c> for all whose specs do not say otherwise.</summary>
    public CollectionSelection? Selection { get; init; }

    /// <summary>Whether the collection has a map: its own, or the user's in its place.</summary>
    public bool Wants(string name, MapSpec map) =>
        Selection is null ? map.AutoCreate || Options.Maps.ContainsKey(name) : Selection.Maps.Contains(name);

    /// <summary>Whether the collection makes a map of its own, or finds a pinned one.</summary>
    public bool Creates(string name, MapSpec map) => Wants(name, map) && !Options.Maps.ContainsKey(name);

    /// <summary>Whether a program is loaded. One whose kind nobody said is left out.</summary>
    public bool Wants(string name, ProgramSpec program) =>
        Selection is null ? program.AutoLoad && program.Type != ProgramType.Unspecified : Selection.Programs.Contains(name);

    /// <summary>Why the kernel refused the types of the object, so that all goes on without them; <c>null</c> if it did not.</summary>
    public string? TypesRefusal { get; set; }
}
