using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>What the public methods for uprobes do: find files, find places, check them, attach.</summary>
internal static class UprobeAttach
{
    /// <summary>Attaches a program to one place.</summary>
    public static BpfLink Attach(BpfProgram program, string path, CodeLocation location, bool atReturn, UprobeOptions options)
    {
        CheckPath(path);
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(options.Scope, nameof(options));
        if (atReturn && location.Distance != 0)
            throw new ArgumentException($"The return of a function has no offset in it: {location}.", nameof(location));
        Work work = new(program, path, location.ToString(), atReturn, options.Scope, options.AcceptedRisks);
        return work.Attach(
            options.IncludeReplacedFiles,
            search =>
            {
                PlaceSearch.Found found = search.Find(location);
                return [found with { Place = found.Place with { Cookie = options.Cookie, Semaphore = options.SemaphoreOffset } }];
            },
            skipped: null);
    }

    /// <summary>Attaches a program to all functions that a pattern means.</summary>
    public static BpfLink AttachPattern(BpfProgram program, string path, string pattern, bool atReturn, UprobeMultiOptions options)
    {
        CheckPath(path);
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        ArgumentNullException.ThrowIfNull(options.Scope, nameof(options));
        Work work = new(program, path, pattern, atReturn, options.Scope, options.AcceptedRisks);
        return work.Attach(
            options.IncludeReplacedFiles,
            search =>
            {
                List<PlaceSearch.Found> found = search.Match(pattern, options.MaxFunctions);
                for (int i = 0; i < found.Count; i++)
                {
                    UprobePlace place = found[i].Place;
                    found[i] = found[i] with { Place = place with { Cookie = options.Cookies?.Invoke(CodeLocation.Function(place.Name!)) ?? options.Cookie } };
                }

                return found;
            },
            Executables.NamePattern.IsPattern(pattern)
                ? (place, why) => options.Skipped?.Invoke(CodeLocation.Function(place.Name!), why)
                : null);
    }

    /// <summary>Attaches a program to a list of places.</summary>
    public static BpfLink AttachAll(BpfProgram program, string path, IReadOnlyList<CodeLocation> locations, bool atReturn, UprobeMultiOptions options)
    {
        CheckPath(path);
        ArgumentNullException.ThrowIfNull(locations);
        ArgumentNullException.ThrowIfNull(options.Scope, nameof(options));
        if (locations.Count == 0) throw new ArgumentException("There is no place to attach to.", nameof(locations));
        foreach (CodeLocation location in locations)
        {
            ArgumentNullException.ThrowIfNull(location, nameof(locations));
            if (atReturn && location.Distance != 0)
                throw new ArgumentException($"The return of a function has no offset in it: {location}.", nameof(locations));
        }

        string places = locations.Count == 1 ? locations[0].ToString() : $"{locations.Count} places";
        Work work = new(program, path, places, atReturn, options.Scope, options.AcceptedRisks);
        return work.Attach(
            options.IncludeReplacedFiles,
            search =>
            {
                List<PlaceSearch.Found> found = [];
                foreach (CodeLocation location in locations)
                {
                    PlaceSearch.Found place = search.Find(location);
                    found.Add(place with { Place = place.Place with { Cookie = options.Cookies?.Invoke(location) ?? options.Cookie } });
                }

                return found;
            },
            skipped: null);
    }

    private static void CheckPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("A path has no zero in it.", nameof(path));
    }

    /// <summary>What all have in common.</summary>
    private sealed class Work(BpfProgram program, string path, string places, bool atReturn, ProcessScope scope, UprobeRisks accepted)
    {
        private readonly string _what =
            $"program \"{program.Name}\" on {(atReturn ? "the return of " : "")}{places} of {path}{(scope.Id is null ? "" : $" in {scope}")}";

        public BpfLink Attach(
            bool includesReplaced, Func<PlaceSearch, List<PlaceSearch.Found>> find, Action<UprobePlace, string>? skipped)
        {
            AttachRules.RequireType(program, _what, UprobeHook.Sections, ProgramType.Kprobe);
            bool isSession = program.AttachType == AttachType.TraceUprobeSession;
            if (isSession && atReturn)
                throw new InvalidOperationException($"Attach {_what}: a session program runs at the entry and at the return of functions: attach it without saying which.");
            LinuxKernel kernel = program.Kernel;
            List<ProbedFile> files = new TargetFiles(kernel, scope, _what).Open(path, includesReplaced);
            List<(Attachment Attachment, LinkType Type)> made = [];
            try
            {
                foreach (ProbedFile file in files) made.Add(Attach(file, atReturn || isSession, find, skipped));
                (Attachment first, LinkType type) = made[0];
                Attachment whole = made.Count == 1 ? first : new CompositeAttachment([.. made.Select(one => one.Attachment)]);
                return new BpfLink(whole, type, _what);
            }
            catch (Exception error)
            {
                CompositeAttachment.CloseAll([.. made.Select(one => one.Attachment)]);
                if (error is ObjectFormatException damaged) throw new BpfException($"Attach {_what}: {damaged.Message}", damaged);
                throw;
            }
            finally
            {
                foreach (ProbedFile file in files) file.Dispose();
            }
        }

        private (Attachment, LinkType) Attach(
            ProbedFile file, bool touchesReturn, Func<PlaceSearch, List<PlaceSearch.Found>> find, Action<UprobePlace, string>? skipped)
        {
            UprobeSafety safety = new(program.Kernel, file, scope, touchesReturn, accepted, _what);
            safety.Check();
            List<PlaceSearch.Found> found = find(new PlaceSearch(file, _what));
            safety.Check(found);
            UprobePlace[] wanted = [.. found.Select(one => one.Place).DistinctBy(place => place.Offset)];
            UprobeRequest request = new(program, file, wanted, _what) { Scope = scope, AtReturn = atReturn, Skipped = skipped };
            return UprobeHook.Attach(request);
        }
    }
}
