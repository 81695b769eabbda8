using System.Collections.Frozen;
using Ebpf.Executables;

namespace Ebpf.Usdt.Machines;

/// <summary>How a machine's assembler writes operands, and where the kernel saves the machine's registers.</summary>
internal abstract class UsdtMachine
{
    private readonly FrozenDictionary<string, UsdtRegister>.AlternateLookup<ReadOnlySpan<char>> _registers;

    /// <param name="registers">The registers that a program can read, by each of their names.</param>
    protected UsdtMachine(IReadOnlyDictionary<string, UsdtRegister> registers) =>
        _registers = registers.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>What it is called in messages.</summary>
    public abstract string Name { get; }

    /// <summary>The register with the address of the instruction.</summary>
    public abstract UsdtRegister InstructionPointer { get; }

    /// <summary>How many bytes an address has.</summary>
    public virtual int AddressSize => 8;

    /// <summary>The machine of a file; <c>null</c> for one whose operands this library does not know.</summary>
    public static UsdtMachine? Of(ElfMachine machine, bool is64Bit) => (machine, is64Bit) switch
    {
        (ElfMachine.X86_64, true) => X64.Instance,
        (ElfMachine.AArch64, true) => Arm64.Instance,
        (ElfMachine.RiscV, true) => RiscV64.Instance,
        (ElfMachine.S390, true) => S390X.Instance,
        (ElfMachine.Arm, false) => Arm.Instance,
        _ => null,
    };

    /// <summary>Reads an operand.</summary>
    /// <param name="text">All of it.</param>
    public UsdtOperand Read(ReadOnlySpan<char> text)
    {
        OperandText operand = new(text);
        if (Read(ref operand) is not { } read) return UsdtOperand.Unreadable($"this is no operand of {Name} that this library knows");
        return read.Problem is not null || operand.IsAtEnd
            ? read
            : UsdtOperand.Unreadable($"this is no operand of {Name} that this library knows");
    }

    /// <summary>Reads an operand from its start.</summary>
    /// <returns><c>null</c> if it is of no known form.</returns>
    protected abstract UsdtOperand? Read(ref OperandText text);

    /// <summary>Finds a register by a name that an operand has.</summary>
    protected bool TryFind(ReadOnlySpan<char> name, out UsdtRegister register) => _registers.TryGetValue(name, out register);

    /// <summary>Whether a name is a letter and a number up to a highest one: <c>d31</c>.</summary>
    protected static bool IsNumbered(ReadOnlySpan<char> name, string letters, int highest) =>
        name.Length is 2 or 3
        && letters.Contains(char.ToLowerInvariant(name[0]), StringComparison.Ordinal)
        && int.TryParse(name[1..], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number)
        && number <= highest;

    /// <summary>The answer to a register that the kernel does not save where programs can read it.</summary>
    protected static UsdtOperand NotSaved(ReadOnlySpan<char> name, string what) =>
        UsdtOperand.Unreadable($"it is in {name}, {what}, which the kernel does not show to BPF programs");

    protected static UsdtOperand UnknownRegister(ReadOnlySpan<char> name) =>
        UsdtOperand.Unreadable($"there is no register {Shown(name)}");

    /// <summary>A name from a file, cut to what a message bears.</summary>
    protected static string Shown(ReadOnlySpan<char> name) =>
        name.Length <= Common.Limits.MaxNameInText ? name.ToString() : $"{name[..Common.Limits.MaxNameInText]}…";
}
