using Ebpf.Btf.Bases;

namespace Ebpf;

/// <content>Split BTF that can be moved to another base.</content>
public sealed partial class BtfSpec
{
    /// <summary>
    /// Moves split BTF onto a distilled base, as modules that are built outside of the kernel tree have it (<c>.BTF.base</c>,
    /// Linux 6.11): it holds only kind, name and size of the types of the base that are needed, so that they can be found again
    /// in the kernel that loads the module. Types without a name are moved into the split BTF.
    /// </summary>
    /// <returns>The split BTF. Its <see cref="Base"/> is the distilled one. Write both with <see cref="ToArray()"/>.</returns>
    /// <exception cref="InvalidOperationException">This BTF is not split.</exception>
    /// <exception cref="ObjectFormatException">
    /// This BTF refers to a function, variable or tag of its base, or has types of a kind that is not known.
    /// </exception>
    public BtfSpec DistillBase()
    {
        if (_base is null) throw new InvalidOperationException("Only split BTF has a base that can be distilled.");
        return new BaseDistillation(this).Distill();
    }

    /// <summary>Moves split BTF from its distilled base onto a complete one.</summary>
    /// <param name="baseSpec">The complete base: normally the BTF of the running kernel.</param>
    /// <returns>Split BTF on <paramref name="baseSpec"/>. Its own types keep their order.</returns>
    /// <exception cref="InvalidOperationException">This BTF is not split.</exception>
    /// <exception cref="ObjectFormatException">
    /// A type is not in the base, or not with the same size where the size matters; several types of the base fit; or the base of
    /// this BTF is not a distilled one.
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
