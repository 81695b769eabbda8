using System.Collections.Concurrent;
using System.Globalization;
using Ebpf.Btf;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.CoRe;

/// <summary>Finds the types of a kernel that a type of a program can mean, and remembers them.</summary>
internal sealed class CandidateSearch(CoReTargets targets)
{
    private readonly ConcurrentDictionary<BtfType, Candidate[]> _known = [];
    private readonly Lazy<BtfSpec[]> _modules = new(() => targets.Modules is { } open ? [.. open()] : []);

    /// <summary>Why a type without candidates has none.</summary>
    public string NoneProblem { get; } =
        targets.Kernel is null ? "no such type, as this kernel has no BTF" : "no such type on this kernel";

    /// <summary>
    /// The candidates for a type: the kernel's; if it has none the modules'; if they have none either the extra ones.
    /// </summary>
    /// <param name="local">A type that has a name.</param>
    /// <exception cref="ObjectFormatException">The target's types are malformed.</exception>
    /// <exception cref="BpfException">The types are for another byte order, or far too many have the name.</exception>
    public Candidate[] For(BtfType local) => _known.GetOrAdd(local, static (type, search) => search.Find(type), this);

    private Candidate[] Find(BtfType local)
    {
        List<Candidate> found = [];
        if (targets.Kernel is { } kernel) Add(found, local, kernel, CandidateOrigin.Kernel);
        if (found.Count > 0) return [.. found];
        foreach (BtfSpec module in _modules.Value) Add(found, local, module, CandidateOrigin.Module);
        if (found.Count > 0) return [.. found];
        foreach (BtfSpec extra in targets.Extra) Add(found, local, extra, CandidateOrigin.Extra);
        return [.. found];
    }

    private static void Add(List<Candidate> found, BtfType local, BtfSpec target, CandidateOrigin origin)
    {
        ReadOnlySpan<byte> name = local.NameUtf8;
        name = name[..NameIndex.EssentialLength(name)];
        if (target.ByteOrder != local.Owner.ByteOrder)
        {
            throw new BpfException(
                $"The program is {local.Owner.ByteOrder}, but the BTF of its target is {target.ByteOrder}.");
        }

        for (uint id = target.NextWithEssentialName(name, 0); id != 0; id = target.NextWithEssentialName(name, id))
        {
            BtfType type = target[id];
            if (!TypeCompatibility.HaveSameKind(local, type)) continue;

            // A module's base has been searched; several extra types may be split BTF on one base.
            if (origin == CandidateOrigin.Module ? type.Owner != target : found.Exists(other => other.Type == type)) continue;
            if (found.Count == Limits.MaxCoReCandidates)
                throw new BpfException($"More than {Limits.MaxCoReCandidates} types of the target are called like {local}.");
            found.Add(new Candidate(type, origin));
        }
    }
}

/// <summary>A type of the kernel that may be the one that a program means.</summary>
/// <param name="Type">The type: of the same name (but for flavours) and kind.</param>
/// <param name="Origin">Where it was found.</param>
internal readonly record struct Candidate(BtfType Type, CandidateOrigin Origin)
{
    /// <summary>For messages: <c>struct foo (type 12 of the kernel)</c>.</summary>
    public override string ToString()
    {
        string origin = Origin switch
        {
            CandidateOrigin.Kernel => "the kernel",
            CandidateOrigin.Extra => "the extra BTF",
            _ => "a module",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Type} (type {Type.Id} of {origin})");
    }
}

/// <summary>Which of the <see cref="CoReTargets"/> a type belongs to.</summary>
internal enum CandidateOrigin
{
    Kernel,
    Extra,
    Module,
}
