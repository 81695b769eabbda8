namespace Ebpf;

/// <content>Whether one program can be used in the place of another.</content>
public sealed partial class ProgramSpec
{
    /// <summary>Returns whether a program of this spec can be used where one of another is wanted: attached to the same, in the same way.</summary>
    /// <remarks>Compared are type, attach type, target and flags. Names, code, licence and BTF are not.</remarks>
    /// <param name="wanted">What is wanted.</param>
    /// <param name="differences">In what this spec differs from what is wanted; empty when it is compatible.</param>
    public bool IsCompatible(ProgramSpec wanted, out IReadOnlyList<SpecDifference> differences)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        List<SpecDifference> found = [];
        SpecDifference.Compare(found, nameof(Type), Type, wanted.Type);
        SpecDifference.Compare(found, nameof(AttachType), AttachType, wanted.AttachType);
        SpecDifference.Compare(found, nameof(AttachTo), AttachTo, wanted.AttachTo);
        SpecDifference.Compare(found, nameof(Flags), Flags, wanted.Flags);
        differences = found;
        return found.Count == 0;
    }
}
