using System.Globalization;
using Ebpf.Asm;

namespace Ebpf.Object.Writing;

/// <summary>
/// Takes programs apart again into functions: each program is its own function, with every function that it calls behind it. What
/// several programs have alike is one function of the object; what was changed in one of them alone becomes another of that name.
/// </summary>
internal sealed class FunctionSplitter
{
    /// <summary>
    /// Functions of one name that differ only in what they call, and that again only in what it calls, are told apart one step deeper in
    /// each round. No compiler makes them so; a hostile object could, and every round looks at all functions.
    /// </summary>
    private const int MaxRounds = 32;

    private const string ExceptionCallback = "exception_callback:";

    private readonly List<Part> _parts = [];
    private readonly FunctionContents _contents = new();

    /// <summary>Finds the functions of a collection: those of the programs in their order, then the others as they are met.</summary>
    /// <exception cref="BpfException">A call leads to where nothing begins.</exception>
    public static List<WrittenFunction> Split(CollectionSpec spec)
    {
        FunctionSplitter splitter = new();
        foreach ((string name, ProgramSpec program) in spec.Programs) splitter.Add(name, program.Instructions);
        splitter.Merge();
        return splitter.Write();
    }

    /// <summary>The names of what the kernel calls when a program throws, of which its declaration tags tell.</summary>
    public static IEnumerable<string> ExceptionCallbacks(InstructionList program) =>
        from tag in program[0].Function?.Tags ?? []
        where tag.StartsWith(ExceptionCallback, StringComparison.Ordinal)
        select tag[ExceptionCallback.Length..];

    private void Add(string program, InstructionList code)
    {
        if (code.Count == 0) throw Inexpressible.Program(program, "it has no instructions");
        int[] bySlot = code.IndexBySlot();
        Dictionary<int, int> targets = DistanceTargets(program, code, bySlot);
        List<int> starts = Starts(code, targets);
        int first = _parts.Count;
        Dictionary<string, Part> byName = new(StringComparer.Ordinal);
        for (int i = 0; i < starts.Count; i++)
        {
            int end = i + 1 < starts.Count ? starts[i + 1] : code.Count;
            string symbol = code[starts[i]].Symbol ?? code[starts[i]].Function?.Name
                ?? string.Create(CultureInfo.InvariantCulture, $"func_{code.SlotOf(starts[i])}");
            Part part = new(i == 0 ? program : NameOf(code[starts[i]], symbol), starts[i], code.GetRange(starts[i], end - starts[i]))
            {
                Program = i == 0 ? program : null,
            };
            _parts.Add(part);
            byName.TryAdd(symbol, part);
        }

        foreach (Part part in _parts.GetRange(first, starts.Count))
        {
            for (int i = 0; i < part.Code.Count; i++)
            {
                Part? callee = null;
                ref readonly Instruction instruction = ref part.Code[i];
                if (instruction.Reference is { Kind: ReferenceKind.Function or ReferenceKind.FunctionAddress } reference)
                {
                    if (!byName.TryGetValue(reference.Name, out callee))
                        throw Inexpressible.Program(program, $"it calls function \"{reference.Name}\", which is not among its instructions");
                }
                else if (targets.TryGetValue(part.Start + i, out int target))
                {
                    callee = _parts[first + starts.BinarySearch(target)];
                }

                if (callee is not null) part.Callees.Add(i, callee);
            }
        }
    }

    /// <summary>Where calls and addresses without a name lead to, as indices, by the index of the instruction.</summary>
    private static Dictionary<int, int> DistanceTargets(string program, InstructionList code, int[] bySlot)
    {
        Dictionary<int, int> targets = [];
        foreach (InstructionSlot item in code.Slots())
        {
            ref readonly Instruction instruction = ref item.Instruction;
            if (instruction.Reference is not null || !(instruction.IsFunctionCall || instruction.IsFunctionAddress)) continue;
            long slot = item.Slot + 1L + instruction.ImmediateLow;
            if (slot < 0 || slot >= bySlot.Length || bySlot[slot] < 0)
                throw Inexpressible.Program(program, $"instruction {item.Index} (`{instruction}`) refers to slot {slot}, where no function begins");
            targets.Add(item.Index, bySlot[slot]);
        }

        return targets;
    }

    private static List<int> Starts(InstructionList code, Dictionary<int, int> targets)
    {
        HashSet<string> called = SymbolScopes.CalledFunctions(code);

        // Nothing refers to what the kernel calls when the program throws; it need not have a type of its own.
        called.UnionWith(ExceptionCallbacks(code));

        HashSet<int> byDistance = [.. targets.Values];
        List<int> starts = [];
        for (int i = 0; i < code.Count; i++)
        {
            if (byDistance.Contains(i) || SymbolScopes.IsFunctionStart(in code[i], i, called)) starts.Add(i);
        }

        return starts;
    }

    /// <summary>The name in the source: the second of two static functions of one name is called <c>name.2</c> in a program.</summary>
    private static string NameOf(in Instruction start, string symbol)
    {
        if (start.Function?.Name is not { Length: > 0 } name || !symbol.StartsWith(name, StringComparison.Ordinal)) return symbol;
        ReadOnlySpan<char> rest = symbol.AsSpan(name.Length);
        return rest.Length > 1 && rest[0] == '.' && rest[1..].IndexOfAnyExceptInRange('0', '9') < 0 ? name : symbol;
    }

    /// <summary>
    /// Gives the same number to functions that are alike: those of one name and code first, then of these those whose callees are
    /// alike too, until no more differences are found.
    /// </summary>
    private void Merge()
    {
        int count = Number(part => _contents.Of(part.Name, part.Code));
        int rounds = 0;
        for (int before = 0; count != before;)
        {
            if (rounds++ == MaxRounds)
            {
                KeepApart();
                return;
            }

            before = count;
            count = Number(part => [part.Class, .. part.Callees.OrderBy(callee => callee.Key).Select(callee => callee.Value.Class)]);
        }
    }

    /// <summary>Makes every function of every program one of its own, which is right too.</summary>
    private void KeepApart()
    {
        for (int i = 0; i < _parts.Count; i++) _parts[i].Class = i;
    }

    private int Number(Func<Part, int[]> keyOf)
    {
        Dictionary<int[], int> numbers = new(FunctionContents.Comparer);
        int[] classes = new int[_parts.Count];
        for (int i = 0; i < classes.Length; i++)
        {
            int[] key = keyOf(_parts[i]);
            if (!numbers.TryGetValue(key, out classes[i])) numbers.Add(key, classes[i] = numbers.Count);
        }

        for (int i = 0; i < classes.Length; i++) _parts[i].Class = classes[i];
        return numbers.Count;
    }

    private List<WrittenFunction> Write()
    {
        List<WrittenFunction> functions = [];
        Dictionary<int, WrittenFunction> byClass = [];
        Dictionary<WrittenFunction, Part> sources = [];
        foreach (Part part in _parts.Where(part => part.Program is not null).Concat(_parts))
        {
            if (byClass.ContainsKey(part.Class)) continue;
            WrittenFunction function = new(part.Name, part.Code) { Program = part.Program };
            functions.Add(function);
            byClass.Add(part.Class, function);
            sources.Add(function, part);
        }

        foreach ((WrittenFunction function, Part part) in sources)
        {
            foreach ((int index, Part callee) in part.Callees) function.Callees.Add(index, byClass[callee.Class]);
        }

        return functions;
    }

    /// <summary>A function in one program.</summary>
    private sealed class Part(string name, int start, InstructionList code)
    {
        public string Name { get; } = name;

        /// <summary>The index of its first instruction in the program.</summary>
        public int Start { get; } = start;

        public InstructionList Code { get; } = code;

        public string? Program { get; init; }

        /// <summary>By the index of the instruction in <see cref="Code"/>.</summary>
        public Dictionary<int, Part> Callees { get; } = [];

        public int Class { get; set; }
    }
}
