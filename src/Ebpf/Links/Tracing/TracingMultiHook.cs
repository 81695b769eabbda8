using System.Globalization;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Common;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Links.Kprobes;
using Ebpf.Linux;

namespace Ebpf.Links.Tracing;

/// <summary>Attaches tracing programs to many functions by one link (Linux 7.2).</summary>
internal static unsafe class TracingMultiHook
{
    private const Privileges Needed = Privileges.Bpf | Privileges.PerfMon;

    /// <summary>So many refused functions of one pattern are looked for; each takes some links that are made for a moment.</summary>
    private const int MaxRefused = 32;

    private static readonly Version Since = new(7, 2);

    private static readonly Ladder<Request> Ways = new(new Rung<Request>("link to many functions", Link, Judge));

    /// <summary>Attaches to all functions that match a pattern.</summary>
    public static BpfLink Attach(BpfProgram program, string pattern, KprobeMultiOptions options)
    {
        string what = $"program \"{program.Name}\" on kernel functions {pattern}";
        Check(program, what);
        string? module = ModuleOf(program);
        FunctionPattern wanted = FunctionPattern.Parse(
            pattern.Contains(':') ? pattern : $"{module ?? KernelTypes.KernelName}:{pattern}", nameof(pattern));
        List<TraceableFunction>? traceable = TraceableFunctions.Match(program.Kernel, wanted, atBeginnings: false, out Errno error, out string? advice);
        if (traceable is null) throw Refusal.Explain(program.Kernel, $"Attach {what}: find the functions", error, Needed, advice);
        BtfSpec types = TypesOf(program, module, what);
        List<SkippedFunction> skipped = [];
        Dictionary<string, Target> targets = new(StringComparer.Ordinal);
        foreach (string name in traceable.Select(function => function.Name))
        {
            if (!options.IncludeDangerous && !wanted.IsName && DangerousFunctions.Contains(name))
                skipped.Add(new SkippedFunction { Function = name, Reason = $"a program on it has hung machines (see {nameof(KprobeMultiOptions)}.{nameof(KprobeMultiOptions.IncludeDangerous)})" });
            else if (Find(types, name) is not { } id)
                skipped.Add(new SkippedFunction { Function = name, Reason = "the BTF of the kernel does not have it" });
            else
                targets.TryAdd(name, new Target(name, id, options.Cookie));
        }

        if (targets.Count > options.MaxFunctions)
        {
            throw new BpfException(string.Create(
                CultureInfo.InvariantCulture,
                $"Attach {what}: {targets.Count} functions match, and at most {options.MaxFunctions} are meant to "
                + $"({nameof(KprobeMultiOptions)}.{nameof(KprobeMultiOptions.MaxFunctions)})"));
        }

        if (targets.Count == 0) throw new BpfException($"Attach {what}", Errno.ENOENT, "no function that can be traced matches");
        return Attach(new Request(program, [.. targets.Values], SkipsRefused: true), what, skipped, options);
    }

    /// <summary>Attaches to functions that are listed.</summary>
    public static BpfLink Attach(BpfProgram program, IEnumerable<KprobeFunction> functions, KprobeMultiOptions options)
    {
        List<KprobeFunction> wanted = [.. functions];
        string what = string.Create(CultureInfo.InvariantCulture, $"program \"{program.Name}\" on {wanted.Count} kernel functions");
        Check(program, what);
        if (wanted.Count == 0) throw new ArgumentException("There is no function to attach to.", nameof(functions));
        BtfSpec types = TypesOf(program, ModuleOf(program), what);
        List<SkippedFunction> skipped = [];
        Dictionary<string, Target> targets = new(StringComparer.Ordinal);
        foreach (KprobeFunction function in wanted)
        {
            string name = function.Name ?? throw new ArgumentException("A tracing program finds functions by their names only.", nameof(functions));
            ulong cookie = function.Cookie ?? options.Cookie;
            if (Find(types, name) is { } id)
            {
                // To the kernel a function that comes twice is a mistake (EINVAL).
                if (!targets.TryAdd(name, new Target(name, id, cookie)) && targets[name].Cookie != cookie)
                    throw new ArgumentException($"The function {name} is there twice, with different cookies.", nameof(functions));
                continue;
            }

            string reason = $"this kernel has no function \"{name}\"{NearNames.Suggest(name, types.NamesOf(BtfKind.Function))}";
            if (!options.SkipRefused) throw new BpfException($"Attach {what}", Errno.ENOENT, reason);
            skipped.Add(new SkippedFunction { Function = name, Reason = reason, Errno = Errno.ENOENT });
        }

        if (targets.Count == 0) throw new BpfException($"Attach {what}", Errno.ENOENT, skipped[0].Reason);
        return Attach(new Request(program, [.. targets.Values], options.SkipRefused), what, skipped, options);
    }

    private static BpfLink Attach(Request request, string what, List<SkippedFunction> skipped, KprobeMultiOptions options)
    {
        Attachment made = Ways.Climb(request.Program.Kernel, request, what, Needed);
        try
        {
            skipped.AddRange(request.Refused);
            foreach (SkippedFunction function in skipped) options.Skipped?.Invoke(function);
            if (skipped.Count > 0) options.Logger?.FunctionsLeftOut(what, skipped.Count, skipped[0].ToString());
            return new BpfLink(made, LinkType.TracingMulti, what);
        }
        catch
        {
            // The caller's own code threw.
            made.Close();
            throw;
        }
    }

    private static void Check(BpfProgram program, string what)
    {
        const string sections = "SEC(\"fentry.multi/…\"), SEC(\"fexit.multi/…\") and SEC(\"fsession.multi/…\")";
        AttachRules.RequireType(program, what, sections, ProgramType.Tracing);
        AttachRules.RequireAttachType(program, what, sections, type => AllTypes.Contains(type));
    }

    private static ReadOnlySpan<AttachType> AllTypes => [AttachType.TraceFentryMulti, AttachType.TraceFexitMulti, AttachType.TraceFsessionMulti];

    /// <summary>The module for whose functions a program was loaded; <c>null</c> for the kernel itself.</summary>
    private static string? ModuleOf(BpfProgram program) =>
        (program.SectionTarget as FunctionPatternTarget)?.Module is { } module and not KernelTypes.KernelName ? module.Replace('-', '_') : null;

    private static BtfSpec TypesOf(BpfProgram program, string? module, string what)
    {
        KernelTypes types = KernelTypes.Of(program.Kernel);
        return (module is null ? types.Read() : types.ReadModule(module)) ?? throw new BpfException(
            $"Attach {what}", Errno.ENOENT, module is null ? "this kernel has no BTF of its own" : $"no module \"{module}\" is loaded, or it has no types");
    }

    /// <summary>The id of a function among the types that are not the base's.</summary>
    private static uint? Find(BtfSpec types, string name)
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes(name);
        for (uint id = types.NextOwnNamed(text, 0); id != 0; id = types.NextOwnNamed(text, id))
        {
            if (types[id].Kind == BtfKind.Function) return id;
        }

        return null;
    }

    /// <summary>All functions, without those that the kernel refuses if that is allowed.</summary>
    private static LinkAttachment? Link(Request request, out Errno error)
    {
        List<Target> targets = [.. request.Targets];
        while (true)
        {
            BpfHandle? link = Create(request, targets, targets.Count, out error);
            if (link is not null) return new LinkAttachment(link);
            if (!IsOfFunction(error) || FindRefused(request, targets) is not { } refused) return null;
            request.Refused.Add(new SkippedFunction
            {
                Function = refused.Name,
                Errno = error,
                Reason = error == Errno.EBUSY ? "it is replaced (freplace) or live-patched" : "the kernel cannot attach tracing programs to it",
            });
            targets.Remove(refused);
            if (!request.SkipsRefused || targets.Count == 0 || request.Refused.Count == MaxRefused) return null;
        }
    }

    private static bool IsOfFunction(Errno error) => error is Errno.EINVAL or Errno.ENOENT or Errno.EBUSY or Errno.E2BIG or Errno.ENOTSUPP
        or Errno.EOPNOTSUPP or Errno.EADDRNOTAVAIL or Errno.ESRCH;

    /// <summary>The first function with which the kernel refuses those before it as well, by halves.</summary>
    /// <returns><c>null</c> if it refuses whatever it is asked for.</returns>
    private static Target? FindRefused(Request request, List<Target> targets)
    {
        int accepted = 0, refused = targets.Count;
        while (refused - accepted > 1)
        {
            int middle = (accepted + refused) / 2;
            using BpfHandle? link = Create(request, targets, middle, out _);
            if (link is null) refused = middle;
            else accepted = middle;
        }

        // Where not one is accepted it may be the first that is refused, or all.
        if (accepted > 0 || targets.Count == 1) return targets[refused - 1];
        using BpfHandle? other = Create(request, targets[^1..], 1, out _);
        return other is null ? null : targets[0];
    }

    private static BpfHandle? Create(Request request, List<Target> targets, int count, out Errno error)
    {
        uint[] ids = new uint[count];
        ulong[] cookies = new ulong[count];
        bool hasCookies = false;
        for (int i = 0; i < count; i++)
        {
            ids[i] = targets[i].TypeId;
            cookies[i] = targets[i].Cookie;
            hasCookies |= cookies[i] != 0;
        }

        error = Errno.EINVAL;
        using BorrowedDescriptor program = request.Program.Handle.Borrow();
        fixed (uint* idRoom = ids)
        fixed (ulong* cookieRoom = cookies)
        {
            // The attach type of an opened program is not known; the kernel refuses the others.
            foreach (AttachType type in AllTypes)
            {
                if (request.Program.AttachType is { } known && known != type) continue;
                LinkCreateAttr attr = new()
                {
                    Program = program.Descriptor,
                    AttachType = type,
                    TracingMulti = new TracingMultiLinkAttr { BtfIds = idRoom, Cookies = hasCookies ? cookieRoom : null, Count = (uint)count },
                };
                BpfHandle? link = request.Program.Kernel.CreateLink(ref attr, out error);
                if (link is not null || error != Errno.EINVAL) return link;
            }
        }

        return null;
    }

    private static Verdict Judge(Request request, Errno error)
    {
        if (error == Errno.EINVAL && KernelFacts.Of(request.Program.Kernel).Version < Since)
            return Verdict.Lacks("tracing programs on many functions", Since);
        return request.Refused is [var first, ..]
            ? Verdict.Explain($"{first.Function}: {first.Reason}")
            : Trampoline.Judge(error);
    }

    private readonly record struct Target(string Name, uint TypeId, ulong Cookie);

    private sealed record Request(BpfProgram Program, List<Target> Targets, bool SkipsRefused)
    {
        /// <summary>The functions that the kernel refuses.</summary>
        public List<SkippedFunction> Refused { get; } = [];
    }
}
