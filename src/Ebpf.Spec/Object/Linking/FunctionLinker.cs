using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Btf.Extensions;
using Ebpf.Common;
using Ebpf.Elf;
using Ebpf.Object.Reading;

namespace Ebpf.Object.Linking;

/// <summary>Puts a program and every function that it needs behind one another, as the kernel wants them.</summary>
internal sealed class FunctionLinker(ObjectFile file, FunctionTable functions, CodeRelocations relocations)
{
    /// <summary>
    /// The code of <paramref name="entry"/>, then that of the functions it refers to, each once, in the order in which a
    /// walk through the code (into a function at its first mention) meets them.
    /// </summary>
    /// <exception cref="ObjectFormatException">The code is malformed, or calls a function that is not there.</exception>
    public InstructionList Link(ObjectFunction entry)
    {
        Layout layout = new();
        InstructionList code = [];
        Stack<(int Next, int End)> open = new();
        open.Push(Append(code, entry, layout));
        AppendCallees(code, entry, layout, open);
        if (ExceptionCallback(code, entry) is { } callback && layout.Take(layout.NameOf(callback), out _))
        {
            open.Push(Append(code, callback, layout));
            AppendCallees(code, entry, layout, open);
        }

        return code;
    }

    private void AppendCallees(InstructionList code, ObjectFunction entry, Layout layout, Stack<(int Next, int End)> open)
    {
        while (open.TryPop(out (int Next, int End) range))
        {
            for (int i = range.Next; i < range.End; i++)
            {
                Reference? reference = code[i].Reference;
                if (reference?.Kind is not (ReferenceKind.Function or ReferenceKind.FunctionAddress)
                    || !layout.Take(reference.Name, out ObjectFunction? callee))
                {
                    continue;
                }

                open.Push((i + 1, range.End));
                open.Push(Append(code, callee, layout));
                if (code.Count > Limits.MaxInstructions)
                {
                    throw new ObjectFormatException(
                        $"with all functions that it calls the program has {code.Count} instructions, no kernel takes more than {Limits.MaxInstructions}",
                        file.Elf.SectionName(entry.Section),
                        entry.Name);
                }

                break;
            }
        }
    }

    /// <summary>
    /// The function that the kernel calls when the program throws (<c>bpf_throw</c>), named by a declaration tag of the program.
    /// </summary>
    private ObjectFunction? ExceptionCallback(InstructionList code, ObjectFunction entry)
    {
        const string prefix = "exception_callback:";
        FunctionType? type = code.Count == 0 ? null : code[0].Function;
        string[] tags = [.. type?.Tags.Where(tag => tag.StartsWith(prefix, StringComparison.Ordinal)) ?? []];

        // With several, none is linked, as libbpf does: the verifier sees the tags too, and has the better words.
        if (tags is not [string tag]) return null;
        return functions.Global(tag[prefix.Length..])
            ?? throw new ObjectFormatException(
                $"its exception callback \"{tag[prefix.Length..]}\" is no global function of the object",
                file.Elf.SectionName(entry.Section),
                entry.Name);
    }

    private (int Next, int End) Append(InstructionList code, ObjectFunction function, Layout layout)
    {
        ReadOnlySpan<byte> section = file.Elf.Data(file.Elf.Section(function.Section)).Span;
        int first = code.Count;
        InstructionDecoder.Append(
            code,
            section[function.Start..function.End],
            file.Elf.ByteOrder,
            file.Elf.SectionName(function.Section),
            function.Start);
        if (code.Count == first) return (first, first);
        code[first].Symbol = layout.NameOf(function);
        AddReferences(code, first, function, section, layout);
        AddDebugInfo(code, first, function);
        return (first, code.Count);
    }

    private void AddReferences(
        InstructionList code, int first, ObjectFunction function, ReadOnlySpan<byte> section, Layout layout)
    {
        ElfRelocationTable table = file.Relocations(function.Section);
        JumpTableReader? jumpTables = null;
        int next = relocations.FirstAtOrAfter(table, function.Section, (ulong)function.Start);
        int offset = function.Start;
        for (int i = first; i < code.Count; i++)
        {
            ref Instruction instruction = ref code[i];
            ulong here = (ulong)offset;
            offset += instruction.Slots * InstructionDecoder.SlotSize;
            if (next < table.Count && relocations.Sorted(table, function.Section, next) is var relocation
                && relocation.Offset == here)
            {
                CodeReference target = relocations.Resolve(function.Section, section, relocation);
                if (target.Kind == ReferenceKind.JumpTable) (jumpTables ??= new(file, function, code, first)).Refer(i, target);
                else Refer(ref instruction, target, layout);
                next++;
            }
            else if (RelativeTarget(instruction, (long)here) is { } target)
            {
                Refer(ref instruction, FindLocal(function, (long)here, target, instruction), layout);
            }

            // A relocation inside of a wide load, or a second one of the same place, means nothing.
            while (next < table.Count && relocations.Sorted(table, function.Section, next).Offset < (ulong)offset) next++;
        }
    }

    /// <summary>Where in the section a call goes that has no relocation, as LLVM before 10 wrote those of static functions.</summary>
    private static long? RelativeTarget(in Instruction instruction, long offset)
    {
        if (instruction.IsFunctionCall) return offset + ((instruction.Immediate + 1) * InstructionDecoder.SlotSize);
        if (instruction.IsFunctionAddress) return offset + (((int)instruction.Immediate + 1L) * InstructionDecoder.SlotSize);
        return null;
    }

    private CodeReference FindLocal(ObjectFunction caller, long offset, long target, in Instruction instruction)
    {
        if (!functions.TryGet(caller.Section, target, out ObjectFunction? callee))
        {
            throw new ObjectFormatException(
                $"refers to 0x{target:x} of the section, where no function begins",
                file.Elf.SectionName(caller.Section),
                caller.Name,
                offset);
        }

        return new CodeReference(
            instruction.IsWideLoad ? ReferenceKind.FunctionAddress : ReferenceKind.Function, Function: callee);
    }

    private static void Refer(ref Instruction instruction, in CodeReference target, Layout layout)
    {
        string name = target.Function is { } function ? layout.NameOf(function) : target.Name!;
        instruction.Reference = new Reference(target.Kind, name);
        switch (target.Kind)
        {
            case ReferenceKind.Map:
                instruction.Source = (Register)WideLoadKind.Map;
                instruction.Immediate = 0;
                break;
            case ReferenceKind.MapValue:
                instruction.Source = (Register)WideLoadKind.MapValue;
                instruction.Immediate = target.Offset << 32;
                break;
            case ReferenceKind.Kconfig:
                instruction.Source = (Register)WideLoadKind.MapValue;
                instruction.Immediate = target.Offset << 32;
                break;
            case ReferenceKind.Function:
                // What it had was a part of the reference: from the start of the section, of the function, or nothing.
                instruction.Immediate = -1;
                break;
            case ReferenceKind.FunctionAddress:
                instruction.Source = (Register)WideLoadKind.Function;
                instruction.Immediate = uint.MaxValue;
                break;
            case ReferenceKind.Kfunc when !instruction.IsWideLoad:
                instruction.Source = (Register)CallKind.Kfunc;
                instruction.Immediate = 0;
                break;
        }
    }

    private void AddDebugInfo(InstructionList code, int first, ObjectFunction function)
    {
        if (file.Extensions is not { } extensions) return;
        BtfSpec types = file.Types!;
        string section = file.Elf.SectionName(function.Section);
        uint offset = (uint)function.Start;
        RecordCursor<FunctionInfoRecord> functionInfos = new(extensions.FunctionsOf(section), offset);
        RecordCursor<LineInfoRecord> lines = new(extensions.LinesOf(section), offset);
        RecordCursor<CoReRelocationRecord> fixups = new(extensions.RelocationsOf(section), offset);
        FunctionType? type = functionInfos.TryTake(offset, out FunctionInfoRecord info) ? TypeOf(info, section, function) : null;
        for (int i = first; i < code.Count; i++, type = null)
        {
            ref Instruction instruction = ref code[i];
            instruction.Annotate(
                instruction.Symbol,
                lines.TryTake(offset, out LineInfoRecord line) ? line.ToLineInfo(types) : null,
                type,
                fixups.TryTake(offset, out CoReRelocationRecord fixup) ? fixup.ToRelocation(types) : null);
            offset += (uint)(instruction.Slots * InstructionDecoder.SlotSize);
        }
    }

    private FunctionType TypeOf(in FunctionInfoRecord info, string section, ObjectFunction function) =>
        info.TypeId < (uint)file.Types!.Count && file.Types[info.TypeId] is FunctionType type
            ? type
            : throw new ObjectFormatException(
                $".BTF.ext says that the function is type {info.TypeId}, which is none of a function",
                section,
                function.Name,
                function.Start);

    /// <summary>The names of the functions in one program; two static functions may share theirs.</summary>
    private sealed class Layout
    {
        private readonly Dictionary<ObjectFunction, string> _names = [];
        private readonly Dictionary<string, ObjectFunction?> _waiting = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> _lastNumbers = new(StringComparer.Ordinal);

        public string NameOf(ObjectFunction function)
        {
            if (_names.TryGetValue(function, out string? name)) return name;
            name = function.Name;
            while (!_waiting.TryAdd(name, _names.Count == 0 ? null : function))
            {
                int number = _lastNumbers.GetValueOrDefault(function.Name, 1) + 1;
                _lastNumbers[function.Name] = number;
                name = string.Create(CultureInfo.InvariantCulture, $"{function.Name}.{number}");
            }

            _names.Add(function, name);
            return name;
        }

        /// <summary>Whether the function has been mentioned but is not yet part of the program: from now on it is.</summary>
        public bool Take(string name, [NotNullWhen(true)] out ObjectFunction? function)
        {
            if (!_waiting.TryGetValue(name, out function) || function is null) return false;
            _waiting[name] = null;
            return true;
        }
    }
}
