using System.Globalization;
using System.Text;
using Ebpf.Asm.Text;
using Ebpf.Btf;

namespace Ebpf.Asm;

/// <summary>
/// Formats instructions as text, close to what the verifier and llvm-objdump print. Accepts any instruction.
/// </summary>
/// <example>
/// <code>
/// count_packets:
/// ; int count_packets(struct xdp_md *ctx)
///     0: r1 = map "counts" ll
///     2: call bpf_map_lookup_elem#1
///     3: if r0 == 0 goto L5
///     4: lock *(u64 *)(r0 + 0) += r6
/// L5:
///     5: exit
/// </code>
/// </example>
/// <remarks>
/// Fields that an instruction does not use, and that are not 0 as the kernel requires, follow in parentheses. An unknown
/// instruction is printed field by field, after its opcode in parentheses.
/// </remarks>
public static class InstructionFormatter
{
    private const string Indent = "    ";

    /// <summary>Returns one instruction as text, without its symbol and its line of source.</summary>
    /// <param name="instruction">The instruction.</param>
    public static string Format(in Instruction instruction)
    {
        StringBuilder text = new();
        InstructionText.Append(text, in instruction, target: null);
        return text.ToString();
    }

    /// <summary>Returns a list as text, each instruction on a line of its own.</summary>
    /// <param name="instructions">The list.</param>
    /// <param name="options">What is printed beside the instructions; <c>null</c> for everything.</param>
    public static string Format(InstructionList instructions, InstructionFormatOptions? options = null)
    {
        using StringWriter writer = new(CultureInfo.InvariantCulture);
        Write(writer, instructions, options);
        return writer.ToString();
    }

    /// <summary>Writes a list as text, each instruction on a line of its own that ends with a line feed.</summary>
    /// <param name="writer">Receives the text.</param>
    /// <param name="instructions">The list.</param>
    /// <param name="options">What is printed beside the instructions; <c>null</c> for everything.</param>
    public static void Write(
        TextWriter writer, InstructionList instructions, InstructionFormatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(instructions);
        options ??= new InstructionFormatOptions();
        JumpTargets targets = new(instructions);
        StringBuilder text = new();
        foreach (InstructionSlot item in instructions.Slots())
        {
            ref readonly Instruction instruction = ref item.Instruction;
            AppendHeading(text, targets, item);
            if (options.SourceLines && instruction.Line is { } line)
            {
                text.Append("; ").AppendName(Describe(line)).Append('\n');
            }

            if (options.SlotNumbers) text.Append(CultureInfo.InvariantCulture, $"{item.Slot,5}: ");
            else text.Append(Indent);
            InstructionText.Append(text, in instruction, targets.NameOfTarget(item));
            text.Append('\n');
            foreach (ReadOnlyMemory<char> chunk in text.GetChunks()) writer.Write(chunk.Span);
            text.Clear();
        }
    }

    private static void AppendHeading(StringBuilder text, JumpTargets targets, InstructionSlot item)
    {
        if (targets.NameOf(item.Index) is not { } name) return;
        if (item.Index != 0 && targets.IsFunction(item.Index)) text.Append('\n');
        text.AppendName(name).Append(":\n");
    }

    private static string Describe(LineInfo line)
    {
        try
        {
            string source = line.Text.Trim();
            return source.Length > 0 ? source : string.Create(CultureInfo.InvariantCulture, $"{line.File}:{line.Line}");
        }
        catch (ObjectFormatException malformed)
        {
            // Strings of an object are read only now, and may not be there.
            return malformed.Message;
        }
    }
}

/// <summary>Defines what is printed beside the instructions.</summary>
public sealed record InstructionFormatOptions
{
    /// <summary>
    /// Gets whether each line of source is printed as a comment before its first instruction. The default is <c>true</c>.
    /// </summary>
    public bool SourceLines { get; init; } = true;

    /// <summary>
    /// Gets whether the number of its slot, which messages of the verifier name, is printed before each instruction. The default
    /// is <c>true</c>.
    /// </summary>
    public bool SlotNumbers { get; init; } = true;
}
