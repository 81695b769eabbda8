using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Ebpf.Fuzz.Engine;

/// <summary>
/// Puts a counter at the beginning of every basic block of an assembly: <c>Coverage.Map[n]++</c>. The map is 0 until the
/// fuzzer gives it its memory.
/// </summary>
internal static class Instrumenter
{
    /// <summary>The class that is added.</summary>
    public const string ClassName = "Coverage";

    /// <summary>Its field of type <c>byte*</c>.</summary>
    public const string MapField = "Map";

    /// <summary>Its constant: how many counters there are.</summary>
    public const string CountField = "Count";

    /// <summary>Its field of type <c>long</c>, where only the number of all steps is counted.</summary>
    public const string StepsField = "Steps";

    /// <summary>Instruments an assembly in its place.</summary>
    /// <param name="path">The assembly; must not be loaded in this process.</param>
    /// <returns>How many counters there are.</returns>
    public static int Instrument(string path)
    {
        using ModuleDefinition module = ModuleDefinition.ReadModule(path, new ReaderParameters { InMemory = true });
        TypeDefinition coverage = NewClass(module, path);
        FieldDefinition map = new(
            MapField, FieldAttributes.Public | FieldAttributes.Static, new PointerType(module.TypeSystem.Byte));
        FieldDefinition count = new(
            CountField,
            FieldAttributes.Public | FieldAttributes.Static | FieldAttributes.Literal,
            module.TypeSystem.Int32);
        coverage.Fields.Add(map);
        coverage.Fields.Add(count);

        int counters = 0;
        foreach (MethodDefinition method in module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody))
        {
            Instrument(method.Body, code =>
            [
                code.Create(OpCodes.Ldsfld, map),
                code.Create(OpCodes.Ldc_I4, counters++),
                code.Create(OpCodes.Add),
                code.Create(OpCodes.Dup),
                code.Create(OpCodes.Ldind_U1),
                code.Create(OpCodes.Ldc_I4_1),
                code.Create(OpCodes.Add),
                code.Create(OpCodes.Conv_U1),
                code.Create(OpCodes.Stind_I1),
            ]);
        }

        count.Constant = counters;
        module.Types.Add(coverage);
        module.Write(path);
        return counters;
    }

    /// <summary>Makes an assembly count its steps, the basic blocks that run: <c>Coverage.Steps++</c>.</summary>
    /// <param name="path">The assembly.</param>
    /// <param name="output">Where the one that counts is written.</param>
    public static void CountSteps(string path, string output)
    {
        using ModuleDefinition module = ModuleDefinition.ReadModule(path, new ReaderParameters { InMemory = true });
        TypeDefinition coverage = NewClass(module, path);
        FieldDefinition steps = new(StepsField, FieldAttributes.Public | FieldAttributes.Static, module.TypeSystem.Int64);
        coverage.Fields.Add(steps);
        foreach (MethodDefinition method in module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody))
        {
            Instrument(method.Body, code =>
            [
                code.Create(OpCodes.Ldsfld, steps),
                code.Create(OpCodes.Ldc_I4_1),
                code.Create(OpCodes.Conv_I8),
                code.Create(OpCodes.Add),
                code.Create(OpCodes.Stsfld, steps),
            ]);
        }

        module.Types.Add(coverage);
        module.Write(output);
    }

    private static TypeDefinition NewClass(ModuleDefinition module, string path) =>
        module.GetType("", ClassName) is null
            ? new TypeDefinition(
                "",
                ClassName,
                TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed | TypeAttributes.Class,
                module.TypeSystem.Object)
            : throw new InvalidOperationException($"{path} is instrumented already.");

    private static void Instrument(MethodBody body, Func<ILProcessor, Instruction[]> newCounter)
    {
        // Short branches may not reach over what is inserted.
        body.SimplifyMacros();
        ILProcessor code = body.GetILProcessor();
        List<Instruction> original = [.. body.Instructions];
        Dictionary<Instruction, Instruction> counterOf = [];
        foreach (Instruction block in BasicBlocks(body))
        {
            Instruction[] counter = newCounter(code);
            foreach (Instruction step in counter) code.InsertBefore(block, step);
            counterOf.Add(block, counter[0]);
        }

        // What led to a block leads to its counter.
        foreach (Instruction instruction in original)
        {
            instruction.Operand = instruction.Operand switch
            {
                Instruction target => counterOf.GetValueOrDefault(target, target),
                Instruction[] targets => Array.ConvertAll(targets, target => counterOf.GetValueOrDefault(target, target)),
                object other => other,
                null => null,
            };
        }

        foreach (ExceptionHandler handler in body.ExceptionHandlers)
        {
            handler.TryStart = Moved(handler.TryStart);
            handler.TryEnd = Moved(handler.TryEnd);
            handler.HandlerStart = Moved(handler.HandlerStart);
            handler.HandlerEnd = Moved(handler.HandlerEnd);
            handler.FilterStart = Moved(handler.FilterStart);
        }

        body.OptimizeMacros();

        Instruction? Moved(Instruction? target) => target is null ? null : counterOf.GetValueOrDefault(target, target);
    }

    private static HashSet<Instruction> BasicBlocks(MethodBody body)
    {
        HashSet<Instruction> blocks = [body.Instructions[0]];
        foreach (Instruction instruction in body.Instructions)
        {
            if (instruction.OpCode.FlowControl == FlowControl.Cond_Branch && instruction.Next is not null) blocks.Add(instruction.Next);
            if (instruction.Operand is Instruction target) blocks.Add(target);
            else if (instruction.Operand is Instruction[] targets) blocks.UnionWith(targets);
        }

        blocks.UnionWith(body.ExceptionHandlers.Select(handler => handler.HandlerStart));
        blocks.UnionWith(body.ExceptionHandlers.Select(handler => handler.FilterStart).OfType<Instruction>());
        return blocks;
    }
}
