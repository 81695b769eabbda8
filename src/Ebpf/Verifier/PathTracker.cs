namespace Ebpf.Verifier;

/// <summary>Follows which instructions lead to the one at which the verifier is.</summary>
/// <remarks>
/// The verifier follows one branch to its end, then goes back to the branch that it put aside last. A log of branches
/// (<see cref="VerifierLogLevel.Branches"/>) has only the way that counts, since Linux 5.7; one of instructions has all.
/// </remarks>
internal sealed class PathTracker
{
    private readonly List<(int Slot, int Before)> _steps = [];
    private readonly Dictionary<int, int> _lastStep = [];

    /// <summary>How many instructions are on the path.</summary>
    public int Count => _steps.Count;

    /// <summary>The instruction that was reached; <c>null</c> before the first.</summary>
    public int? Last => _steps.Count > 0 ? _steps[^1].Slot : null;

    /// <summary>The path.</summary>
    public int[] ToArray()
    {
        int[] slots = new int[_steps.Count];
        for (int i = 0; i < slots.Length; i++) slots[i] = _steps[i].Slot;
        return slots;
    }

    /// <summary>The verifier looks at an instruction.</summary>
    public void Add(int slot)
    {
        int before = _lastStep.GetValueOrDefault(slot, -1);
        _lastStep[slot] = _steps.Count;
        _steps.Add((slot, before));
    }

    /// <summary>The verifier goes back to an instruction, and takes the other branch. All the going back costs as much as the path.</summary>
    public void GoBackTo(int slot)
    {
        // A branch whose beginning the log does not hold any more: nothing is known of the way to it.
        int keep = _lastStep.GetValueOrDefault(slot, -1) + 1;
        for (int i = _steps.Count - 1; i >= keep; i--)
        {
            (int gone, int before) = _steps[i];
            if (before < 0) _lastStep.Remove(gone);
            else _lastStep[gone] = before;
        }

        _steps.RemoveRange(keep, _steps.Count - keep);
    }
}
