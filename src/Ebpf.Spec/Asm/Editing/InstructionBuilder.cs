using Ebpf.Btf;

namespace Ebpf.Asm;

/// <summary>Builds a program from instructions, and the functions, labels and lines of source between them.</summary>
/// <example>
/// <code>
/// using static Ebpf.Asm.Instruction;
/// using static Ebpf.Asm.Register;
///
/// InstructionList program = new InstructionBuilder()
///     .Function("drop_loopback")
///     .Add(Mov(R0, 2), Load(AccessSize.Word, R1, R1, 12))     // XDP_PASS; xdp_md.ingress_ifindex
///     .Add(JumpIf(JumpCondition.NotEqual, R1, 1, "out"))
///     .Add(Mov(R0, 1))                                        // XDP_DROP
///     .Label("out")
///     .Add(Exit())
///     .Build();
/// </code>
/// </example>
public sealed class InstructionBuilder
{
    private readonly InstructionList _list = [];

    /// <summary>
    /// Labels of the function being written that stand where another symbol stands already, and that symbol.
    /// </summary>
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);

    private int _functionStart;
    private string? _symbol;
    private FunctionType? _function;
    private LineInfo? _line;

    /// <summary>Starts a function: the next instruction is its first one.</summary>
    /// <param name="name">The name of the function.</param>
    /// <param name="type">
    /// The type of the function, which the kernel needs for global functions and callbacks; <c>null</c> if unknown.
    /// </param>
    /// <exception cref="InvalidOperationException">A label or another function has no instruction yet.</exception>
    public InstructionBuilder Function(string name, FunctionType? type = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_symbol is not null) throw new InvalidOperationException($"No instruction follows \"{_symbol}\".");
        EndFunction();
        _symbol = name;
        _function = type;
        return this;
    }

    /// <summary>Sets a label: jumps can go to the next instruction. Several labels can be set at the same place.</summary>
    /// <param name="name">The name of the label, which is known only in the current function.</param>
    /// <exception cref="ArgumentException">The function has a label of this name already.</exception>
    public InstructionBuilder Label(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name == _symbol || _aliases.ContainsKey(name) || IsSymbolOfFunction(name))
        {
            throw new ArgumentException($"The label \"{name}\" is there already.", nameof(name));
        }

        if (_symbol is null) _symbol = name;
        else _aliases.Add(name, _symbol);
        return this;
    }

    /// <summary>Starts a line of source: the next instruction is the first that comes from it.</summary>
    /// <param name="line">The line.</param>
    public InstructionBuilder Line(LineInfo line)
    {
        _line = line;
        return this;
    }

    /// <summary>Adds instructions.</summary>
    /// <param name="instructions">The instructions, as <see cref="Instruction"/> makes them.</param>
    /// <exception cref="InvalidOperationException">
    /// The first instruction has a symbol of its own, and a label or a function was to start with it.
    /// </exception>
    public InstructionBuilder Add(params ReadOnlySpan<Instruction> instructions)
    {
        if (instructions.IsEmpty) return this;
        if (_symbol is not null && instructions[0].Symbol is { } own)
        {
            throw new InvalidOperationException($"\"{own}\" cannot also be \"{_symbol}\".");
        }

        int start = _list.Count;
        _list.AddRange(instructions);
        ref Instruction first = ref _list[start];
        first.Annotate(
            _symbol ?? first.Symbol, _line ?? first.Line, _function ?? first.Function, first.Relocation);
        _symbol = null;
        _function = null;
        _line = null;
        return this;
    }

    /// <summary>Adds all instructions of a list.</summary>
    /// <param name="instructions">The list.</param>
    /// <exception cref="InvalidOperationException">
    /// The first instruction has a symbol of its own, and a label or a function was to start with it.
    /// </exception>
    public InstructionBuilder Add(InstructionList instructions)
    {
        ArgumentNullException.ThrowIfNull(instructions);
        return Add(instructions.AsSpan());
    }

    /// <summary>Returns the instructions so far, as a copy. More can be added afterwards.</summary>
    /// <exception cref="InvalidOperationException">
    /// No instruction follows a label or the start of a function.
    /// </exception>
    public InstructionList Build()
    {
        if (_symbol is not null) throw new InvalidOperationException($"No instruction follows \"{_symbol}\".");
        InstructionList copy = _list.Clone();
        ResolveAliases(copy);
        return copy;
    }

    private void EndFunction()
    {
        ResolveAliases(_list);
        _aliases.Clear();
        _functionStart = _list.Count;
    }

    /// <summary>
    /// An instruction has one symbol; jumps to another label at the same place are made to go to that.
    /// </summary>
    private void ResolveAliases(InstructionList list)
    {
        if (_aliases.Count == 0) return;
        foreach (ref Instruction instruction in list.AsSpan()[_functionStart..])
        {
            if (instruction.Reference is not { Kind: ReferenceKind.Label } reference) continue;
            if (!_aliases.TryGetValue(reference.Name, out string? symbol)) continue;
            instruction.Reference = new Reference(ReferenceKind.Label, symbol);
        }
    }

    private bool IsSymbolOfFunction(string name)
    {
        foreach (ref readonly Instruction instruction in _list.AsSpan()[_functionStart..])
        {
            if (instruction.Symbol == name) return true;
        }

        return false;
    }
}
