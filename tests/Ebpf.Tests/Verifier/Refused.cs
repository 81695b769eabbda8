using Ebpf.Asm;
using Ebpf.TestData;

namespace Ebpf.Tests.Verifier;

/// <summary>Has programs refused.</summary>
internal static class Refused
{
    /// <summary>Loads one program of a compiled object alone.</summary>
    public static VerifierException Program(string name, string program, CollectionOptions? options = null, Action<CollectionSpec>? change = null)
    {
        CollectionSpec spec = Spec(name, program);
        change?.Invoke(spec);
        return Assert.Throws<VerifierException>(() => BpfCollection.Load(spec, options));
    }

    /// <summary>Takes away all types: those of the object, and those that its maps and programs bring along.</summary>
    public static void WithoutTypes(CollectionSpec spec)
    {
        spec.Types = null;
        foreach (MapSpec map in spec.Maps.Values) map.KeyType = map.ValueType = null;
        foreach (ProgramSpec program in spec.Programs.Values)
        {
            foreach (ref Instruction instruction in program.Instructions.AsSpan()) instruction.Function = null;
        }
    }

    /// <summary>One program of a compiled object, and the maps that it uses.</summary>
    public static CollectionSpec Spec(string name, string program)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path(name));
        foreach ((string other, ProgramSpec description) in spec.Programs) description.AutoLoad = other == program;
        HashSet<string> used = [];
        foreach (Instruction instruction in spec.Programs[program].Instructions)
        {
            if (instruction.Reference is { Kind: ReferenceKind.Map or ReferenceKind.MapValue } reference) used.Add(reference.Name);
        }

        foreach ((string map, MapSpec description) in spec.Maps) description.AutoCreate = used.Contains(map);
        return spec;
    }

    /// <summary>Loads a program that was written by hand.</summary>
    public static VerifierException Code(ProgramType type, InstructionList code)
    {
        CollectionSpec spec = new();
        spec.Programs.Add("built", new ProgramSpec { Name = "built", Type = type, License = "GPL", Instructions = code });
        return Assert.Throws<VerifierException>(() => BpfCollection.Load(spec));
    }
}
