using Ebpf.Asm;
using Ebpf.Verifier;

namespace Ebpf.Loading.Code;

/// <summary>The code of a program, ready for the kernel but for the numbers of descriptors.</summary>
internal sealed class PreparedCode : IDisposable
{
    /// <summary>The instructions.</summary>
    public required InstructionList Instructions { get; init; }

    /// <summary>Those of them that the verifier must refuse if they can be reached.</summary>
    public required PoisonedInstructions Poisoned { get; init; }

    /// <summary>Where the numbers of descriptors belong.</summary>
    public required DescriptorPlaces Descriptors { get; init; }

    /// <summary>The maps of the jump tables, which must live until the program is loaded.</summary>
    public required JumpTables Tables { get; init; }

    /// <summary>Closes what only the loading needs.</summary>
    public void Dispose() => Tables.Dispose();
}
