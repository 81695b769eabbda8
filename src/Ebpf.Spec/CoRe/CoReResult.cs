namespace Ebpf.CoRe;

/// <summary>Represents the outcomes of the CO-RE relocations of one program.</summary>
public sealed class CoReResult
{
    private readonly CoReOutcome[] _outcomes;

    internal CoReResult(CoReOutcome[] outcomes) => _outcomes = outcomes;

    /// <summary>Gets all outcomes, in the order of the instructions.</summary>
    public IReadOnlyList<CoReOutcome> Outcomes => _outcomes;

    /// <summary>
    /// Returns the outcome for an instruction; <c>null</c> if it had no relocation. With it, a refusal of the verifier that names
    /// a poisoned instruction can be explained.
    /// </summary>
    /// <param name="slot">
    /// The slot of the instruction as the verifier prints it: 12 for <c>12: (85) call unknown#195896080</c>.
    /// </param>
    public CoReOutcome? At(int slot)
    {
        int low = 0, high = _outcomes.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_outcomes[middle].Slot < slot) low = middle + 1;
            else high = middle;
        }

        return low < _outcomes.Length && _outcomes[low].Slot == slot ? _outcomes[low] : null;
    }
}
