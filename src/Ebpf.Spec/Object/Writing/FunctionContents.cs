using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;

namespace Ebpf.Object.Writing;

/// <summary>Turns functions into numbers that are the same if the functions are: code, what it refers to, lines, types.</summary>
internal sealed class FunctionContents
{
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<BtfSpec, int> _owners = [];
    private readonly List<int> _numbers = [];

    public static IEqualityComparer<int[]> Comparer { get; } = new SequenceComparer();

    /// <summary>The numbers of a function. Whom it calls is not among them, but that it does.</summary>
    public int[] Of(string name, InstructionList code)
    {
        _numbers.Clear();
        _numbers.Add(Text(name));
        Dictionary<string, int> labels = new(StringComparer.Ordinal);
        foreach (InstructionSlot item in code.Slots())
        {
            if (item.Instruction.Symbol is { } symbol) labels.TryAdd(symbol, item.Slot);
        }

        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            Add(in instruction, labels);
            Add(instruction.Line);
            Add(instruction.Function);
            Add(instruction.Relocation);
        }

        return [.. _numbers];
    }

    private void Add(in Instruction instruction, Dictionary<string, int> labels)
    {
        _numbers.Add(instruction.OpCode.Value | (instruction.Registers << 8) | (instruction.Offset << 16));
        _numbers.Add((int)instruction.SecondSlot);
        Reference? reference = instruction.Reference;
        bool isCall = reference is { Kind: ReferenceKind.Function or ReferenceKind.FunctionAddress }
            || (reference is null && (instruction.IsFunctionCall || instruction.IsFunctionAddress));
        _numbers.Add(isCall ? 0 : instruction.ImmediateLow);
        _numbers.Add(isCall ? 0 : instruction.ImmediateHigh);
        _numbers.Add(reference is null ? -1 : (int)reference.Kind);
        if (reference is null || isCall) return;
        if (reference.Kind == ReferenceKind.Label)
        {
            _numbers.Add(labels.GetValueOrDefault(reference.Name, -1));
            return;
        }

        _numbers.Add(Text(reference.Name));
        _numbers.Add(reference.Targets.Length);
        foreach (string target in reference.Targets) _numbers.Add(labels.GetValueOrDefault(target, -1));
    }

    private void Add(LineInfo? line)
    {
        _numbers.Add(line is null ? 0 : Owner(line.Owner));
        if (line is null) return;
        _numbers.Add(line.Owner is null ? Text(line.File) : (int)line.FileNameOffset);
        _numbers.Add(line.Owner is null ? Text(line.Text) : (int)line.LineOffset);
        _numbers.Add((int)line.LineColumn);
    }

    private void Add(FunctionType? function)
    {
        _numbers.Add(function is null ? 0 : Owner(function.Owner));
        if (function is not null) _numbers.Add((int)function.Id.Value);
    }

    private void Add(CoReRelocation? relocation)
    {
        _numbers.Add(relocation is null ? 0 : 1);
        if (relocation is null) return;
        _numbers.Add(relocation.TypeId == default ? 0 : Owner(relocation.Type.Owner));
        _numbers.Add((int)relocation.TypeId.Value);
        _numbers.Add((int)relocation.Kind);
        _numbers.Add(Text(relocation.Accessor));
    }

    private int Text(string text)
    {
        if (!_texts.TryGetValue(text, out int number)) _texts.Add(text, number = _texts.Count);
        return number;
    }

    private int Owner(BtfSpec? owner)
    {
        if (owner is null) return 1;
        if (!_owners.TryGetValue(owner, out int number)) _owners.Add(owner, number = _owners.Count + 2);
        return number;
    }

    private sealed class SequenceComparer : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] numbers)
        {
            HashCode hash = default;
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
