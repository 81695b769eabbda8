using Ebpf.Btf.Bases;

namespace Ebpf;

/// <content>Split BTF that outlives the base it was made for.</content>
public sealed partial class BtfSpec
{
    /// <summary>
    /// Makes split BTF whose base is a distilled one, as modules built outside of the kernel have it (<c>.BTF.base</c>,
    /// Linux 6.11): of each type of the base that is needed only kind, name and size, so that it can be found again in the
    /// kernel that loads the module. What has no name moves into the split BTF.
    /// </summary>
    /// <returns>The split BTF; its <see cref="Base"/> is the distilled one. Write both with <see cref="ToArray()"/>.</returns>
    /// <exception cref="InvalidOperationException">This is no split BTF.</exception>
    /// <exception cref="ObjectFormatException">
    /// It refers to a function, variable or tag of its base, or has types of a kind that is not known.
    /// </exception>
    public BtfSpec DistillBase()
    {
        if (_base is null) throw new InvalidOperationException("Only split BTF has a base that can be distilled.");
        return new BaseDistillation(this).Distill();
    }

    /// <summary>Moves split BTF from its distilled base onto the real one.</summary>
    /// <param name="baseSpec">The base that is really there: the types of the running kernel.</param>
    /// <returns>Split BTF on <paramref name="baseSpec"/>. Its own types keep their order.</returns>
    /// <exception cref="InvalidOperationException">This is no split BTF.</exception>
    /// <exception cref="ObjectFormatException">
    /// A type is not in the base (for one that is part of a structure: not in the same size), or several fit; or the base that
    /// this BTF has is no distilled one.
    /// </exception>
    public BtfSpec Relocate(BtfSpec baseSpec)
    {
        ArgumentNullException.ThrowIfNull(baseSpec);
        if (_base is null) throw new InvalidOperationException("Only split BTF can be moved to another base.");
        if (baseSpec.ByteOrder != ByteOrder)
            throw new ObjectFormatException($"the base is {baseSpec.ByteOrder}, the BTF {ByteOrder}", BaseRelocation.Section);
        return new BaseRelocation(this, baseSpec).Relocate();
    }
}
