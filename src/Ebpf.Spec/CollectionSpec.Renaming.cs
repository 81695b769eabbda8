using Ebpf.Asm;

namespace Ebpf;

/// <content>Renaming of maps, programs and variables.</content>
public sealed partial class CollectionSpec
{
    /// <summary>
    /// Gives a map another name: in the collection, in <see cref="MapSpec.Name"/>, in the instructions of all programs, and in the
    /// maps of maps that hold it. It keeps its place among the maps.
    /// </summary>
    /// <param name="name">The map's name in the collection.</param>
    /// <param name="newName">The new name.</param>
    /// <exception cref="KeyNotFoundException">The collection has no such map.</exception>
    /// <exception cref="ArgumentException">There is a map of the new name already.</exception>
    /// <exception cref="ObjectFormatException">The code of a program is malformed. Nothing was changed.</exception>
    public void RenameMap(string name, string newName)
    {
        DecodePrograms();
        MapSpec map = Maps.Rename(name, newName);
        map.Name = newName;
        foreach (ProgramSpec program in Programs.Values)
        {
            RenameReferences(program.Instructions, ReferenceKind.Map, name, newName);
            RenameReferences(program.Instructions, ReferenceKind.MapValue, name, newName);
        }

        foreach (MapSpec outer in Maps.Values)
        {
            if (outer.Type is MapType.ArrayOfMaps or MapType.HashOfMaps) RenameTargets(outer, name, newName);
        }
    }

    /// <summary>
    /// Gives a program another name: in the collection, in <see cref="ProgramSpec.Name"/>, as the symbol of its function and in the
    /// instructions that call it, in program arrays, in struct_ops maps and in <see cref="MapSpec.ExclusiveProgram"/>. It keeps its
    /// place among the programs.
    /// </summary>
    /// <param name="name">The program's name in the collection.</param>
    /// <param name="newName">The new name.</param>
    /// <exception cref="KeyNotFoundException">The collection has no such program.</exception>
    /// <exception cref="ArgumentException">There is a program of the new name already.</exception>
    /// <exception cref="ObjectFormatException">The code of a program is malformed. Nothing was changed.</exception>
    public void RenameProgram(string name, string newName)
    {
        DecodePrograms();
        ProgramSpec renamed = Programs.Rename(name, newName);
        renamed.Name = newName;
        foreach (ProgramSpec program in Programs.Values)
        {
            InstructionList code = program.Instructions;
            RenameReferences(code, ReferenceKind.Function, name, newName);
            RenameReferences(code, ReferenceKind.FunctionAddress, name, newName);
            int start = code.IndexOfSymbol(name);
            if (start >= 0) code[start].Symbol = newName;
        }

        foreach (MapSpec map in Maps.Values)
        {
            if (map.Type == MapType.ProgramArray) RenameTargets(map, name, newName);
            if (map.ExclusiveProgram == name) map.ExclusiveProgram = newName;
            map.StructOps?.Rename(name, newName);
        }
    }

    /// <summary>Gives a global variable another name. It keeps its place among the variables.</summary>
    /// <param name="name">The variable's name in the collection.</param>
    /// <param name="newName">The new name.</param>
    /// <exception cref="KeyNotFoundException">The collection has no such variable.</exception>
    /// <exception cref="ArgumentException">There is a variable of the new name already.</exception>
    public void RenameVariable(string name, string newName)
    {
        VariableSpec variable = Variables.Rename(name, newName);
        Variables[newName] = variable.With(newName, variable.Map);
    }

    /// <summary>Asks for all code now, so that malformed code is found before anything is changed.</summary>
    private void DecodePrograms()
    {
        foreach (ProgramSpec program in Programs.Values) _ = program.Instructions;
    }

    private static void RenameReferences(InstructionList code, ReferenceKind kind, string name, string newName)
    {
        Reference? renamed = null;
        foreach (ref Instruction instruction in code)
        {
            if (instruction.Reference is not { } reference || reference.Kind != kind || reference.Name != name) continue;
            instruction.Reference = renamed ??= new Reference(kind, newName);
        }
    }

    private static void RenameTargets(MapSpec map, string name, string newName)
    {
        for (int i = 0; i < map.Initializers.Count; i++)
        {
            if (map.Initializers[i].Target == name) map.Initializers[i] = map.Initializers[i] with { Target = newName };
        }
    }
}
