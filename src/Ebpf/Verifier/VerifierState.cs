using System.Globalization;
using Ebpf.Asm;

namespace Ebpf;

/// <summary>What the verifier knew of registers and stack before the instruction that it refused.</summary>
public sealed class VerifierState
{
    internal VerifierState(int frame, IReadOnlyList<VerifierValue> registers, IReadOnlyList<VerifierValue> stack)
    {
        Frame = frame;
        Registers = registers;
        Stack = stack;
    }

    /// <summary>Gets how many functions have been called and not yet returned: 0 in the program itself.</summary>
    public int Frame { get; }

    /// <summary>The registers that have a value, in order.</summary>
    public IReadOnlyList<VerifierValue> Registers { get; }

    /// <summary>What of the function's stack has been written, from the top (<c>fp-8</c>) downwards.</summary>
    public IReadOnlyList<VerifierValue> Stack { get; }

    /// <summary>The value of a register; <c>null</c> if it has none, or if that is not known.</summary>
    /// <param name="register">The register.</param>
    public VerifierValue? this[Register register] => Find(Registers, $"R{(int)register}");

    /// <summary>The value of eight bytes of the stack; <c>null</c> if nothing is known of them.</summary>
    /// <param name="offset">Where they begin, from the frame pointer: -8, -16 and so on.</param>
    public VerifierValue? StackAt(int offset) => Find(Stack, string.Create(CultureInfo.InvariantCulture, $"fp{offset}"));

    /// <summary>Everything in one line, as in the log.</summary>
    public override string ToString() =>
        (Frame == 0 ? "" : $"frame{Frame}: ") + string.Join(' ', Registers.Concat(Stack));

    private static VerifierValue? Find(IReadOnlyList<VerifierValue> values, string name)
    {
        foreach (VerifierValue value in values)
        {
            if (value.Name == name) return value;
        }

        return null;
    }
}
