using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Links.PerfEvents;
using Ebpf.Linux;

namespace Ebpf.Links.Kprobes;

/// <summary>Attaches programs to many functions of the kernel.</summary>
/// <remarks>
/// Whether a program is for one link to many functions or for a kprobe each is decided when it is loaded: loading asks whether the kernel
/// has such links. So only one of the two ways fits a program; for one that was opened the kernel says which.
/// </remarks>
internal static class KprobeMultiHook
{
    private const string Sections =
        "SEC(\"kprobe.multi/…\"), SEC(\"kretprobe.multi/…\"), SEC(\"kprobe.session/…\"), and SEC(\"kprobe/…\") where the kernel has no links to many functions";

    private const int MaxNamed = 8;

    private static readonly Ladder<ProbeRequest> Ways = new(
        new("link to many functions", KprobeMultiLink.Attach, JudgeLink),
        new("a kprobe each", SingleKprobes.Attach, static (request, error) => Explain(request, error)));

    /// <summary>Attaches to all functions that match a pattern.</summary>
    public static BpfLink Attach(BpfProgram program, string pattern, bool atReturn, KprobeMultiOptions options)
    {
        FunctionPattern wanted = FunctionPattern.Parse(pattern, nameof(pattern));
        string what = $"program \"{program.Name}\" on {(atReturn ? "the returns of " : "")}kernel functions {wanted.Text}";
        Check(program, what, atReturn);
        List<SkippedFunction> skipped = [];

        // The kernel finds a name by itself, unless it is to be one of a module.
        if (wanted.IsName && !pattern.Contains(':'))
            return Attach(new ProbeRequest(program, [new ProbeTarget(pattern, 0, options.Cookie)], atReturn, what) { SkipsRefused = false }, skipped, options);
        List<ProbeTarget> targets = Find(program, wanted, what, options, skipped);
        return Attach(new ProbeRequest(program, targets, atReturn, what) { SkipsRefused = true }, skipped, options);
    }

    /// <summary>Attaches to functions that are listed.</summary>
    public static BpfLink Attach(BpfProgram program, IEnumerable<KprobeFunction> functions, bool atReturn, KprobeMultiOptions options)
    {
        List<ProbeTarget> targets = Distinct(functions, options.Cookie);
        string first = targets.Count == 1 ? $"kernel function {targets[0]}" : string.Create(CultureInfo.InvariantCulture, $"{targets.Count} kernel functions");
        string what = $"program \"{program.Name}\" on {(atReturn ? "the returns of " : "")}{first}";
        Check(program, what, atReturn);
        if (targets.Count == 0) throw new ArgumentException("There is no function to attach to.", nameof(functions));
        List<SkippedFunction> skipped = [];

        // The kernel takes names or addresses, and knows no modules in names.
        if (targets.Exists(target => target.Address != 0 || target.Name!.Contains(':')))
            targets = Locate(program.Kernel, targets, what, options.SkipRefused ? skipped : null);
        return Attach(new ProbeRequest(program, targets, atReturn, what) { SkipsRefused = options.SkipRefused }, skipped, options);
    }

    private static BpfLink Attach(ProbeRequest request, List<SkippedFunction> skipped, KprobeMultiOptions options)
    {
        Attachment made = Ways.Climb(request.Program.Kernel, request, request.What, KprobeHook.Needed);
        try
        {
            HashSet<string> blacklist = request.Refused.Count > 0 ? FunctionDiagnosis.ReadBlacklist(request.Program.Kernel) : [];
            foreach (RefusedTarget refused in request.Refused) skipped.Add(Skipped(refused, blacklist));
            foreach (SkippedFunction function in skipped) options.Skipped?.Invoke(function);
            if (skipped.Count > 0) options.Logger?.FunctionsLeftOut(request.What, skipped.Count, skipped[0].ToString());
            return new BpfLink(made, made is CompositeAttachment ? LinkType.PerfEvent : LinkType.KprobeMulti, request.What);
        }
        catch
        {
            // The caller's own code threw.
            made.Close();
            throw;
        }
    }

    private static void Check(BpfProgram program, string what, bool atReturn)
    {
        AttachRules.RequireType(program, what, Sections, ProgramType.Kprobe);
        AttachRules.RequireAttachType(program, what, Sections, type => type is 0 or AttachType.TraceKprobeMulti or AttachType.TraceKprobeSession);
        if (atReturn && program.AttachType == AttachType.TraceKprobeSession)
        {
            throw new InvalidOperationException(
                $"Attach {what}: a session runs at the entry and at the return of each function: attach it with {nameof(BpfProgram.AttachKprobeMulti)}.");
        }
    }

    /// <summary>The functions that match, without those that are left out.</summary>
    private static List<ProbeTarget> Find(
        BpfProgram program, FunctionPattern pattern, string what, KprobeMultiOptions options, List<SkippedFunction> skipped)
    {
        List<TraceableFunction>? found = TraceableFunctions.Match(
            program.Kernel, pattern, atBeginnings: options.Cookie != 0, out Errno error, out string? advice);
        if (found is null) throw Refusal.Explain(program.Kernel, $"Attach {what}: find the functions", error, KprobeHook.Needed, advice);
        List<ProbeTarget> targets = new(found.Count);
        foreach (TraceableFunction function in found)
        {
            string name = function.Module is null ? function.Name : $"{function.Module}:{function.Name}";
            if (options.IncludeDangerous || pattern.IsName || !DangerousFunctions.Contains(function.Name))
                targets.Add(new ProbeTarget(name, function.Address, options.Cookie));
            else
                skipped.Add(new SkippedFunction { Function = name, Reason = $"a program on it has hung machines (see {nameof(KprobeMultiOptions)}.{nameof(KprobeMultiOptions.IncludeDangerous)})" });
        }

        if (targets.Count > options.MaxFunctions)
        {
            throw new BpfException(string.Create(
                CultureInfo.InvariantCulture,
                $"Attach {what}: {targets.Count} functions match, and at most {options.MaxFunctions} are meant to "
                + $"({nameof(KprobeMultiOptions)}.{nameof(KprobeMultiOptions.MaxFunctions)})"));
        }

        if (targets.Count > 0) return targets;
        string reason = found.Count == 0
            ? "no function of this kernel that can be traced matches"
            : $"all {found.Count} functions that match are of those that are left out ({nameof(KprobeMultiOptions)}.{nameof(KprobeMultiOptions.IncludeDangerous)})";
        throw new BpfException($"Attach {what}", Errno.ENOENT, reason);
    }

    /// <summary>Each function once: to the kernel a name that comes twice is one that it cannot find (ESRCH).</summary>
    private static List<ProbeTarget> Distinct(IEnumerable<KprobeFunction> functions, ulong cookie)
    {
        Dictionary<(string?, ulong), ulong> known = [];
        List<ProbeTarget> targets = [];
        foreach (KprobeFunction function in functions)
        {
            if (function is { Name: null, Address: 0 }) throw new ArgumentException("A function has neither a name nor an address.", nameof(functions));
            ulong own = function.Cookie ?? cookie;
            if (known.TryAdd((function.Name, function.Address), own)) targets.Add(new ProbeTarget(function.Name, function.Address, own));
            else if (known[(function.Name, function.Address)] != own)
                throw new ArgumentException($"The function {function} is there twice, with different cookies.", nameof(functions));
        }

        return targets;
    }

    /// <summary>Finds the addresses of names, since other functions are known by their addresses only, or are of one module.</summary>
    private static List<ProbeTarget> Locate(LinuxKernel kernel, List<ProbeTarget> targets, string what, List<SkippedFunction>? skipped)
    {
        Dictionary<string, ulong> addresses = new(StringComparer.Ordinal);
        foreach (ProbeTarget target in targets)
        {
            if (target.Address == 0) addresses[target.Name!.Replace('-', '_')] = 0;
        }

        bool areHidden = FunctionAddresses.Find(kernel, addresses, out Errno error);
        string operation = $"Attach {what}: find the functions";
        if (error != Errno.None) throw Refusal.Explain(kernel, operation, error, Privileges.None);
        if (areHidden) throw new BpfException($"{operation}: {KernelSymbols.ExplainHidden(kernel)}");
        List<ProbeTarget> located = new(targets.Count);
        HashSet<ulong> known = [];
        foreach (ProbeTarget target in targets)
        {
            ulong address = target.Address != 0 ? target.Address : addresses[target.Name!.Replace('-', '_')];
            if (address != 0)
            {
                if (known.Add(address)) located.Add(target with { Address = address });
                continue;
            }

            string? reason = FunctionDiagnosis.Explain(kernel, new KprobePlace(target.Name, 0, 0, AtReturn: false, MaxActive: 0), Errno.ENOENT);
            if (skipped is null) throw new BpfException($"Attach {what}: {target}", Errno.ENOENT, reason);
            skipped.Add(new SkippedFunction { Function = target.ToString(), Reason = reason ?? "there is no such function", Errno = Errno.ENOENT });
        }

        return located.Count > 0
            ? located
            : throw new BpfException($"Attach {what}", Errno.ENOENT, $"none of the functions is there: {skipped![0]}");
    }

    private static Verdict JudgeLink(ProbeRequest request, Errno error)
    {
        // The program was not loaded for it, as on a kernel that has no such links.
        bool mayBeSingle = request.Program.AttachType is null or 0;
        return error switch
        {
            Errno.EOPNOTSUPP when mayBeSingle => Verdict.Next,
            Errno.EOPNOTSUPP => Verdict.Explain("this kernel is built without links to many functions (CONFIG_FPROBE), and the program was loaded for one"),
            Errno.EINVAL when mayBeSingle => Verdict.Next,
            Errno.EINVAL when Version(request) is { } since && KernelFacts.Of(request.Program.Kernel).Version < since.Number => Verdict.Lacks(since.Feature, since.Number),
            Errno.E2BIG => Verdict.Explain("a link takes 1,048,576 functions at most"),
            _ => Explain(request, error),
        };
    }

    private static (string Feature, Version Number)? Version(ProbeRequest request) =>
        request.Program.AttachType == AttachType.TraceKprobeSession
            ? ("kprobe sessions", new Version(6, 10))
            : ("links to many kernel functions", new Version(5, 18));

    private static Verdict Explain(ProbeRequest request, Errno error)
    {
        LinuxKernel kernel = request.Program.Kernel;
        if (error is Errno.EPERM or Errno.EACCES) return Verdict.Explain(PerfEventRights.Explain(kernel, error, KprobeHook.Needed));
        if (request.Refused.Count == 0)
        {
            return error == Errno.EINVAL
                ? Verdict.Explain("the program cannot be attached so: it may sleep, or changes what functions return (bpf_override_return) of which not all allow it")
                : Verdict.Stop;
        }

        ProbeTarget first = request.Refused[0].Target;
        KprobePlace place = new(first.Name, first.Address, 0, request.AtReturn, MaxActive: 0);
        Errno meaning = error == Errno.ESRCH ? Errno.ENOENT : error;
        string reason = FunctionDiagnosis.Explain(kernel, place, meaning) ?? "the kernel refuses it";
        if (request.Targets.Count == 1) return Verdict.Explain(reason);
        string names = string.Join(", ", request.Refused.Take(MaxNamed).Select(refused => refused.Target.ToString()));
        if (request.Refused.Count > MaxNamed) names += ", …";
        return Verdict.Explain(string.Create(
            CultureInfo.InvariantCulture,
            $"the kernel refuses {request.Refused.Count} of the {request.Targets.Count} functions ({names}); of {first}: {reason}; "
            + $"{nameof(KprobeMultiOptions)}.{nameof(KprobeMultiOptions.SkipRefused)} attaches to the others"));
    }

    private static SkippedFunction Skipped(RefusedTarget refused, HashSet<string> blacklist) => new()
    {
        Function = refused.Target.ToString(),
        Errno = refused.Error,
        Reason = FunctionDiagnosis.Brief(blacklist, refused.Target.Name ?? "") ?? refused.Error switch
        {
            Errno.ESRCH or Errno.ENOENT => "there is no such function, or it cannot be traced",
            Errno.EADDRNOTAVAIL => "there are several functions of this name",
            Errno.EBUSY => "something else changes this function, as a live patch does",
            _ => "it cannot be probed",
        },
    };
}
