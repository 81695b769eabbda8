namespace Ebpf.Links.Attaching;

/// <summary>Attaches everything that a collection holds.</summary>
internal static class AttachRun
{
    /// <summary>Attaches programs and struct_ops maps.</summary>
    /// <exception cref="ArgumentException">The options name something that is not there.</exception>
    /// <exception cref="BpfException">Something could not be attached, and nothing of it is left.</exception>
    public static BpfLinkSet AttachAll(NameTable<BpfProgram> programs, NameTable<BpfMap> maps, AttachAllOptions options)
    {
        CheckNames(programs, maps, options);
        List<AttachOutcome> outcomes = [];
        try
        {
            foreach ((string name, BpfProgram program) in programs) outcomes.Add(Attach(name, program, options));
            foreach ((string name, BpfMap map) in maps)
            {
                if (map.Type == MapType.StructOps) outcomes.Add(Attach(name, map, options));
            }

            return new BpfLinkSet(outcomes);
        }
        catch
        {
            BpfLink.DisposeAll([.. outcomes.Select(outcome => outcome.Link).OfType<BpfLink>()]);
            throw;
        }
    }

    private static void CheckNames(NameTable<BpfProgram> programs, NameTable<BpfMap> maps, AttachAllOptions options)
    {
        foreach (string name in options.Targets.Keys)
        {
            if (!programs.ContainsKey(name))
                throw new ArgumentException($"{nameof(options.Targets)} names \"{name}\", but the collection has no such program.", nameof(options));
        }

        foreach (string name in options.Exclude)
        {
            if (!programs.ContainsKey(name) && !(maps.TryGetValue(name, out BpfMap? map) && map.Type == MapType.StructOps))
            {
                throw new ArgumentException(
                    $"{nameof(options.Exclude)} names \"{name}\", but the collection has no such program or struct_ops map.", nameof(options));
            }
        }
    }

    private static AttachOutcome Attach(string name, BpfProgram program, AttachAllOptions options)
    {
        AttachOutcome outcome = new(name) { Program = program };
        if (options.Exclude.Contains(name)) return outcome with { Status = AttachStatus.LeftOut, Reason = "it is excluded" };
        return Finish(outcome, options, () =>
        {
            if (options.Targets.TryGetValue(name, out AttachPoint? target)) return (program.Attach(target), null);
            if (SectionAttach.TryAttach(program, out string? whyNot) is { } link) return (link, null);
            return options.FindTarget?.Invoke(program) is { } found ? (program.Attach(found), null) : (null, whyNot);
        });
    }

    private static AttachOutcome Attach(string name, BpfMap map, AttachAllOptions options)
    {
        AttachOutcome outcome = new(name) { Map = map };
        if (options.Exclude.Contains(name)) return outcome with { Status = AttachStatus.LeftOut, Reason = "it is excluded" };
        if (map.StructOpsContents is null)
        {
            return outcome with
            {
                Status = AttachStatus.LeftOut,
                Reason = "the collection did not create it, and knows nothing to put into it",
            };
        }

        return Finish(outcome, options, () => (map.AsStructOps().Attach(), null));
    }

    private static AttachOutcome Finish(AttachOutcome outcome, AttachAllOptions options, Func<(BpfLink? Link, string? WhyNot)> attach)
    {
        try
        {
            (BpfLink? link, string? whyNot) = attach();
            return outcome with { Status = link is null ? AttachStatus.LeftOut : AttachStatus.Attached, Link = link, Reason = whyNot };
        }
        catch (Exception error) when (options.KeepGoing)
        {
            return outcome with { Status = AttachStatus.Failed, Error = error, Reason = error.Message };
        }
    }
}
