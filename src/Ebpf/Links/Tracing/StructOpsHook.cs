using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps;

namespace Ebpf.Links.Tracing;

/// <summary>Registers struct_ops maps.</summary>
internal static class StructOpsHook
{
    public static BpfLink Attach(BpfMap map)
    {
        string what = $"struct_ops map \"{map.Name}\"";
        bool hasLink = map.Flags.HasFlag(MapFlags.Link);
        Fill(map, what, hasLink);
        return hasLink ? Link(map, what) : Registered(map, what);
    }

    public static void Update(BpfLink link, BpfMap map, BpfMap? expected)
    {
        if (link.Type != LinkType.StructOps || link.Handle is not { } handle)
        {
            throw new InvalidOperationException(
                $"Replace {link.Description}: only a link of a struct_ops map can get another one ({nameof(BpfStructOps)}.{nameof(BpfStructOps.HasLink)}).");
        }

        string what = $"struct_ops map \"{map.Name}\" in the place of {link.Description}";
        if (!map.Flags.HasFlag(MapFlags.Link))
            throw new InvalidOperationException($"Attach {what}: it is none for links (SEC(\".struct_ops.link\")).");
        Fill(map, what, hasLink: true);
        Errno error = map.Kernel.UpdateLink(handle, map.Handle, expected?.Handle);
        string? advice = error switch
        {
            Errno.None => null,
            Errno.EPERM when expected is not null => $"the map that is registered now is not \"{expected.Name}\"",
            Errno.EOPNOTSUPP => "the kernel cannot replace maps of this struct: dispose the link, and attach the other map",
            Errno.EINVAL => "the map is of another struct, or has another name in it",
            Errno.ENOLINK => "the link is detached",
            _ => null,
        };
        if (error != Errno.None) throw Refusal.Explain(map.Kernel, $"Attach {what}", error, Privileges.Bpf | Privileges.NetAdmin, advice);
    }

    private static void Fill(BpfMap map, string what, bool hasLink)
    {
        if (map.StructOpsContents is not { } contents)
        {
            // One that somebody filled before can have any number of links.
            if (hasLink) return;
            throw new InvalidOperationException($"Attach {what}: only the collection that created the map knows what to put into it.");
        }

        Errno error = contents.Write(map);
        if (error != Errno.None && !(hasLink && error == Errno.EBUSY)) throw Failed(map, what, error);
    }

    private static BpfLink Link(BpfMap map, string what)
    {
        BpfHandle? link;
        Errno error;
        using (BorrowedDescriptor borrowed = map.Handle.Borrow())
        {
            LinkCreateAttr attr = new() { Program = borrowed.Descriptor, AttachType = AttachType.StructOps };
            link = map.Kernel.CreateLink(ref attr, out error);
        }

        return link is null ? throw Failed(map, what, error) : new BpfLink(new LinkAttachment(link), LinkType.StructOps, what);
    }

    /// <summary>The registration outlives the map's descriptor, so it has one of its own with which to end it.</summary>
    private static BpfLink Registered(BpfMap map, string what)
    {
        if (map.Handle.Duplicate(out Errno error) is not { } own)
        {
            StructOpsAttachment.Unregister(map.Handle);
            throw Refusal.Explain(map.Kernel, $"Attach {what}", error, Privileges.None);
        }

        own.CloseOnlyOnDispose();
        return new BpfLink(new StructOpsAttachment(own), LinkType.StructOps, what);
    }

    private static BpfException Failed(BpfMap map, string what, Errno error)
    {
        string? advice = error switch
        {
            Errno.EEXIST => "one of the same name is registered already",
            Errno.EBUSY => "it is or was registered: a struct_ops map without a link can be registered only once",
            Errno.EINVAL when map.StructOpsContents is null => "the map was never filled",
            Errno.EINVAL => "the kernel requires functions that it lacks, or values that it does not have",
            Errno.ENOTSUPP or Errno.EOPNOTSUPP => "the kernel does not let maps of this struct be registered",
            _ => null,
        };
        return Refusal.Explain(map.Kernel, $"Attach {what}", error, Privileges.Bpf | Privileges.NetAdmin, advice);
    }
}
