using Ebpf.Btf;
using Ebpf.Btf.Building;

namespace Ebpf;

/// <summary>What the object file knows better than the compiler that wrote the BTF. Given while the object is read.</summary>
public sealed partial class BtfSpec
{
    private Dictionary<uint, DataSectionLayout>? _layouts;
    private Dictionary<uint, uint>? _linkages;

    /// <summary>Gives a data section its size and its variables their places, which clang leaves at 0.</summary>
    /// <param name="id">The data section.</param>
    /// <param name="size">Its size, in bytes.</param>
    /// <param name="variableOffsets">The offset of each entry, in the order of <see cref="DataSectionType.Entries"/>.</param>
    internal void OverrideDataSection(uint id, uint size, ReadOnlySpan<uint> variableOffsets)
    {
        if (this[id] is not DataSectionType section) throw new ArgumentException($"Type {id} is no data section.", nameof(id));
        if (variableOffsets.Length != section.Owner.Record(id).Length)
            throw new ArgumentException("One offset is needed for every entry.", nameof(variableOffsets));

        DataSectionLayout layout = new(size, variableOffsets.ToArray());
        (section.Owner._layouts ??= [])[id] = layout;
        section.Override(layout);
    }

    /// <summary>Changes who can call a function: hidden symbols are static for the verifier.</summary>
    internal void OverrideFunctionLinkage(uint id, FunctionLinkage linkage)
    {
        if (this[id] is not FunctionType function) throw new ArgumentException($"Type {id} is no function.", nameof(id));
        (function.Owner._linkages ??= [])[id] = (uint)linkage;
    }

    /// <summary>Changes who can use a variable: hidden symbols are static.</summary>
    internal void OverrideVariableLinkage(uint id, VariableLinkage linkage)
    {
        if (this[id] is not VariableType variable) throw new ArgumentException($"Type {id} is no variable.", nameof(id));
        (variable.Owner._linkages ??= [])[id] = (uint)linkage;
    }

    /// <summary>Places the variables of <c>.kconfig</c>, so that its entries show where the loader must write values.</summary>
    internal void PlaceKconfig(DataSectionType section)
    {
        DataSectionLayout layout = KconfigLayout.Of(section);
        OverrideDataSection(section.Id, layout.Size, layout.Offsets);
    }

    /// <summary>
    /// Encodes the types for <c>BPF_BTF_LOAD</c> under the same ids: with the overrides, without externs, and with
    /// replacements for what the kernel does not know.
    /// </summary>
    /// <exception cref="BpfException">The BTF has another byte order than this machine, or is split BTF.</exception>
    internal byte[] EncodeForKernel(BtfKernelSupport support = BtfKernelSupport.All) =>
        KernelEncoder.Encode(this, _image, support);

    /// <summary>What <see cref="OverrideDataSection"/> was given for a data section.</summary>
    internal DataSectionLayout? LayoutOf(uint id) => _layouts?.GetValueOrDefault(id);

    /// <summary>The linkage that was given for a function or variable.</summary>
    internal uint? LinkageOf(uint id) =>
        _linkages is not null && _linkages.TryGetValue(id, out uint linkage) ? linkage : null;
}
