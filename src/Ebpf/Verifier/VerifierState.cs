using System.Globalization;
using Ebpf.Asm;

namespace Ebpf;

/// <summary>Represents what the verifier knew of registers and stack before the instruction that it refused.</summary>
public sealed class VerifierState
{
    internal VerifierState(int frame, IReadOnlyList<VerifierValue> registers, IReadOnlyList<VerifierValue> stack)
    {
        Frame = frame;
        Registers = registers;
        Stack = stack;
    }

    /// <summary>Gets the number of function calls that have not returned yet: 0 in the program itself.</summary>
    public int Frame { get; }

    /// <summary>Gets the registers that have a value, in order.</summary>
    public IReadOnlyList<VerifierValue> Registers { get; }

    /// <summary>Gets the parts of the function's stack that have been written, from the top (<c>fp-8</c>) downwards.</summary>
    public IReadOnlyList<VerifierValue> Stack { get; }

    /// <summary>Gets the value of a register; <c>null</c> if it has none, or if it is unknown.</summary>
    /// <param name="register">The register.</param>
    public VerifierValue? this[Register register] => Find(Registers, $"R{(int)register}");

    /// <summary>Returns the value of eight bytes of the stack; <c>null</c> if unknown.</summary>
    /// <param name="offset">The offset from the frame pointer, in bytes: -8, -16 and so on.</param>
    public VerifierValue? StackAt(int offset) => Find(Stack, string.Create(CultureInfo.InvariantCulture, $"fp{offset}"));

    /// <summary>Returns the state on one line, as in the log.</summary>
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
