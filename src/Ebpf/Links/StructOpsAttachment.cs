using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>Registers tables of functions.</summary>
internal static class StructOpsAttachment
{
    public static BpfLink Attach(BpfMap map)
    {
        string what = $"table of functions \"{map.Name}\"";
        bool hasLink = map.Flags.HasFlag(MapFlags.Link);
        Fill(map, what, hasLink);
        return hasLink ? Link(map, what) : Registered(map, what);
    }

    private static void Fill(BpfMap map, string what, bool hasLink)
    {
        if (map.StructOpsContents is not { } contents)
        {
            // One that somebody filled before can have any number of links.
            if (hasLink) return;
            throw new InvalidOperationException($"Attach {what}: what is to be in it only the collection knows that made the map.");
        }

        Errno error = contents.Write(map);
        if (error != Errno.None && !(hasLink && error == Errno.EBUSY)) throw Failed(map, what, error);
    }

    private static KernelLink Link(BpfMap map, string what)
    {
        BpfHandle? link;
        Errno error;
        using (BorrowedDescriptor borrowed = map.Handle.Borrow())
        {
            LinkCreateAttr attr = new() { Program = borrowed.Descriptor, AttachType = AttachType.StructOps };
            link = map.Kernel.CreateLink(ref attr, out error);
        }

        return link is null ? throw Failed(map, what, error) : new KernelLink(link, LinkType.StructOps, what);
    }

    /// <summary>The registration outlives the map's descriptor, so it has one of its own with which to end it.</summary>
    private static StructOpsRegistration Registered(BpfMap map, string what)
    {
        if (map.Handle.Duplicate(out Errno error) is not { } own)
        {
            StructOpsRegistration.Unregister(map.Handle);
            throw Refusal.Explain(map.Kernel, $"Attach {what}", error, Privileges.None);
        }

        own.CloseOnlyOnDispose();
        return new StructOpsRegistration(own, what);
    }

    private static BpfException Failed(BpfMap map, string what, Errno error)
    {
        string? advice = error switch
        {
            Errno.EEXIST => "one of its name is registered already",
            Errno.EBUSY => "it is registered, or was: a table without a link can be registered once only",
            Errno.EINVAL when map.StructOpsContents is null => "nobody filled the map yet",
            Errno.EINVAL => "the kernel demands functions that it lacks, or values that it does not have",
            Errno.ENOTSUPP or Errno.EOPNOTSUPP => "the kernel does not let this kind of table be registered",
            _ => null,
        };
        return Refusal.Explain(map.Kernel, $"Attach {what}", error, Privileges.Bpf | Privileges.NetAdmin, advice);
    }
}
