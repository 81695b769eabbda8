using System.Runtime.ExceptionServices;
using System.Text;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Common;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Loading.Plan;

namespace Ebpf.Loading.Externs;

/// <summary>Finds in the running kernel what the programs of a collection expect of it: kfuncs, variables and symbols.</summary>
internal sealed class ExternResolver(LoadPlan plan, ModuleHandles modules)
{
    private const string Operation = "Find what the programs expect of the kernel";

    /// <summary>As libbpf numbers the calls of kfuncs that are not there: the verifier names the number.</summary>
    private const int FirstPoison = 2002000000;

    /// <summary>For so many missing kfuncs similar names are looked up, through all functions of the kernel each.</summary>
    private const int MaxSuggestions = 4;

    private readonly Dictionary<(string Name, ExternKind Kind), WantedExtern> _byName = [];

    /// <summary>All of them, in the order in which the programs mention them.</summary>
    private readonly List<WantedExtern> _wanted = [];
    private ExceptionDispatchInfo? _refusal;

    /// <summary>Finds what programs refer to, all of it in one go.</summary>
    /// <param name="programs">The programs that are to be loaded.</param>
    /// <exception cref="FeatureNotSupportedException">The kernel lacks something; everything that it lacks is listed.</exception>
    /// <exception cref="BpfException">Something cannot be found out, or is ambiguous.</exception>
    public void Resolve(IEnumerable<PlannedProgram> programs)
    {
        foreach ((string name, ProgramSpec program) in programs) Collect(name, program.Instructions);
        if (_wanted.Count == 0) return;
        KernelTypes types = KernelTypes.Of(plan.Kernel);
        FindTypes(types);
        FindSymbols();
        ThrowIfMissing(types);
    }

    /// <summary>What an instruction refers to; it must be one of a program that was given to <see cref="Resolve"/>.</summary>
    public WantedExtern Of(Reference reference) => _byName[KeyOf(reference)];

    private (string Name, ExternKind Kind) KeyOf(Reference reference) => (reference.Name, Declaration(reference.Name) switch
    {
        _ when reference.Kind == ReferenceKind.Kfunc => ExternKind.Function,
        { Kind: var kind } => kind,
        null => ExternKind.Symbol,
    });

    private ExternSpec? Declaration(string name) =>
        plan.Spec.Externs.TryGetValue(name, out ExternSpec? found) && found.Kind != ExternKind.Kconfig ? found : null;

    private void Collect(string program, InstructionList code)
    {
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (instruction.Reference is not { Kind: ReferenceKind.Kfunc or ReferenceKind.Ksym } reference) continue;
            (string Name, ExternKind Kind) key = KeyOf(reference);
            if (!_byName.TryGetValue(key, out WantedExtern? wanted))
            {
                wanted = new WantedExtern(key.Name, key.Kind, Declaration(key.Name)) { PoisonNumber = FirstPoison + _wanted.Count };
                _byName.Add(key, wanted);
                _wanted.Add(wanted);
            }

            if (wanted.Programs.Count == 0 || wanted.Programs[^1] != program) wanted.Programs.Add(program);
        }
    }

    /// <summary>Looks in the kernel's BTF; for what it does not have, in that of the modules.</summary>
    private void FindTypes(KernelTypes types)
    {
        List<WantedExtern> open = [.. _wanted.Where(wanted => wanted.Kind is ExternKind.Function or ExternKind.Variable)];
        if (open.Count == 0) return;
        if (types.Read() is not { } kernel)
        {
            foreach (WantedExtern wanted in open) wanted.SetMissing("this kernel has no BTF (CONFIG_DEBUG_INFO_BTF)");
            return;
        }

        open.RemoveAll(wanted => TryFind(wanted, kernel, module: null));
        if (open.Count == 0) return;
        foreach ((string module, BtfSpec own) in types.ReadModules(plan.Options.Logger))
        {
            open.RemoveAll(wanted => TryFind(wanted, own, module));
            if (open.Count == 0) return;
        }

        foreach (WantedExtern wanted in open) wanted.SetMissing("this kernel has none");
    }

    /// <returns>Whether something of the name is there, fitting or not.</returns>
    private bool TryFind(WantedExtern wanted, BtfSpec types, string? module)
    {
        byte[] name = Encoding.UTF8.GetBytes(wanted.KernelName);
        BtfType? other = null;
        for (uint id = types.NextOwnNamed(name, 0); id != 0; id = types.NextOwnNamed(name, id))
        {
            BtfType type = types[id];
            if (type is not FunctionType && wanted.Kind == ExternKind.Function) continue;
            if (type is not VariableType && wanted.Kind == ExternKind.Variable) continue;
            if (wanted.IsCompatible(type))
            {
                Take(wanted, id, module);
                return true;
            }

            other ??= type;
        }

        if (other is null) return false;
        wanted.Other = other;
        wanted.Problem = $"{wanted}: {wanted.Compare(other)}";
        return true;
    }

    private void Take(WantedExtern wanted, uint id, string? module)
    {
        try
        {
            if (module is not null) wanted.Module = modules.Open(module, wanted.ToString());
            wanted.TypeId = id;
        }
        catch (BpfException error)
        {
            // Told when nothing is missing, which would be the greater trouble; and not if the programs can do without.
            if (wanted.IsWeak) wanted.Problem = error.Message;
            else _refusal ??= ExceptionDispatchInfo.Capture(error);
        }
    }

    private void FindSymbols()
    {
        WantedExtern[] symbols = [.. _wanted.Where(wanted => wanted.Kind == ExternKind.Symbol)];
        if (symbols.Length == 0) return;
        KernelSymbols found = KernelSymbols.Find(plan.Kernel, symbols.Select(wanted => wanted.KernelName));
        WantedExtern[] strong = [.. symbols.Where(wanted => !wanted.IsWeak)];
        if (found.Error != Errno.None && strong.Length > 0)
        {
            throw Refusal.Explain(
                plan.Kernel,
                $"{Operation}: read the addresses of {List(strong)} from /proc/kallsyms",
                found.Error,
                Privileges.None,
                found.Error == Errno.ENOENT ? "is procfs mounted, and the kernel built with CONFIG_KALLSYMS?" : null);
        }

        List<WantedExtern> hidden = [];
        foreach (WantedExtern wanted in symbols)
        {
            KernelSymbols.Symbol symbol = found[wanted.KernelName];
            if (symbol.Count > 1)
                throw new BpfException($"{Operation}: {wanted} is ambiguous: {symbol.Count} have this name, at {symbol.Places}");
            wanted.Address = symbol.Address;
            if (symbol.Count == 0) wanted.SetMissing("this kernel has none");
            else if (found.AreHidden && !wanted.IsWeak) hidden.Add(wanted);
        }

        if (hidden.Count > 0)
        {
            throw new BpfException(
                $"{Operation}: the kernel hides the addresses of {List(hidden)} from this process: "
                + KernelSymbols.AdviceToSee(plan.Kernel));
        }
    }

    private void ThrowIfMissing(KernelTypes types)
    {
        // An incompatible variable is an error even if it is weak, as with libbpf: the program would take it for a missing one.
        WantedExtern[] missing =
        [
            .. _wanted.Where(wanted =>
                wanted.Problem is not null && (!wanted.IsWeak || wanted is { Kind: ExternKind.Variable, Other: not null })),
        ];
        if (missing.Length == 0)
        {
            _refusal?.Throw();
            return;
        }

        BtfSpec? kernel = null;
        if (Array.Exists(missing, wanted => wanted.Kind != ExternKind.Symbol) && (kernel = types.Read()) is null)
        {
            throw new FeatureNotSupportedException(
                $"{Operation}: {List(missing)}", "BTF of its own (CONFIG_DEBUG_INFO_BTF)", new Version(5, 4));
        }

        IEnumerable<string> details = missing.Select((wanted, index) => Detail(wanted, index < MaxSuggestions ? kernel : null));
        throw new FeatureNotSupportedException(Operation, string.Join(", ", details), since: null);
    }

    private static string Detail(WantedExtern wanted, BtfSpec? kernel)
    {
        string names = string.Join(", ", wanted.Programs.Select(name => $"\"{name}\""));
        string programs = $"wanted by program{(wanted.Programs.Count > 1 ? "s" : "")} {names}";
        if (wanted.Other is { } other) return $"{wanted} ({wanted.Compare(other)}; {programs})";
        string near = kernel is not null && wanted.Kind == ExternKind.Function
            ? NearNames.Suggest(wanted.KernelName, kernel.NamesOf(BtfKind.Function))
            : "";
        return $"{wanted} ({programs}{near})";
    }

    private static string List(IEnumerable<WantedExtern> externs) => string.Join(", ", externs);
}
