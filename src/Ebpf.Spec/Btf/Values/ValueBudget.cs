using Ebpf.Common;

namespace Ebpf.Btf.Values;

/// <summary>
/// What the writing of one value may still cost: characters, and parts that are looked at. Hostile types hold themselves
/// many times, and billions of elements.
/// </summary>
/// <param name="characters">How many characters may be written.</param>
internal struct ValueBudget(int characters)
{
    /// <summary>As long as looking at one part takes, so many bytes can be compared with 0.</summary>
    public const int BytesForOne = 64;

    private const int FewestParts = 4096;

    private int _characters = characters;
    private int _parts = (int)Math.Min(int.MaxValue, FewestParts + (Limits.MaxValuePartsPerCharacter * (long)characters));

    /// <summary>Whether something was left out.</summary>
    public bool IsSpent { get; private set; }

    /// <summary>Takes what looking at a part costs.</summary>
    /// <param name="more">How much more than an ordinary one.</param>
    /// <returns>Whether there was enough; if not, nothing more is to be written.</returns>
    public bool Spend(int more)
    {
        _parts -= Math.Min(_parts, 1 + more);
        if (_parts == 0) IsSpent = true;
        return !IsSpent;
    }

    /// <summary>Takes characters.</summary>
    /// <returns>How many of them may be written.</returns>
    public int SpendText(int length)
    {
        if (IsSpent) return 0;
        int taken = Math.Min(length, _characters);
        _characters -= taken;
        if (taken < length) IsSpent = true;
        return taken;
    }
}
