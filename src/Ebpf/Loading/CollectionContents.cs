using System.Runtime.InteropServices;
using Ebpf.Linux;

namespace Ebpf.Loading;

/// <summary>Puts programs into program arrays and maps into maps of maps, as the object says.</summary>
internal sealed class CollectionContents(LoadContext context, CollectionMaps maps)
{
    /// <summary>Fills the maps that the collection made.</summary>
    /// <exception cref="BpfException">What a map is to hold is not there, or does not fit.</exception>
    public void Fill()
    {
        foreach ((string name, MapSpec map) in context.Spec.Maps)
        {
            // A map that was there before keeps what it holds.
            if (!context.Collection.Maps.TryGetValue(name, out BpfMap? filled) || maps.IsReused(filled)) continue;
            foreach (MapInitializer initializer in map.Initializers) Fill(filled, map, initializer);
        }
    }

    private void Fill(BpfMap filled, MapSpec map, MapInitializer initializer)
    {
        BpfHandle? target = map.Type == MapType.ProgramArray
            ? (context.Collection.Programs.TryGetValue(initializer.Target, out BpfProgram? program) ? program.Handle : null)
            : (context.Collection.Maps.TryGetValue(initializer.Target, out BpfMap? inner) ? inner.Handle : null);

        if (target is null)
        {
            // An empty slot would be a tail call that is missed, and nobody would know.
            string why = context.Spec.Programs.ContainsKey(initializer.Target)
                ? "which is not loaded: turn AutoLoad on, or take the slot out of the map's Initializers"
                : "which the collection does not have";
            throw new BpfException($"Fill map \"{map.Name}\": slot {initializer.Slot} holds \"{initializer.Target}\", {why}");
        }

        Put(filled, initializer.Slot, target);
    }

    private static void Put(BpfMap map, uint slot, BpfHandle target)
    {
        using BorrowedDescriptor borrowed = target.Borrow();
        int descriptor = borrowed.Descriptor;
        map.Update(
            MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in slot)), MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in descriptor)));
    }
}
