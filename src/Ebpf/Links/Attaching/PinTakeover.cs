using Ebpf.Linux;
using Ebpf.Pins;

namespace Ebpf.Links.Attaching;

/// <summary>Attaches programs with links that are pinned, and takes over what an earlier run has pinned.</summary>
internal static class PinTakeover
{
    /// <inheritdoc cref="BpfProgram.AttachPinned"/>
    public static BpfLink Attach(BpfProgram program, string path, AttachPoint? target)
    {
        // A relative path is that of this moment.
        path = PinPlace.Absolute(path);
        if (program.Kernel.Exists(path))
        {
            BpfLink old = BpfLink.OpenPinned(path, program.Kernel);
            bool isTaken = false;
            try
            {
                if (old.IsDetached() == true)
                {
                    old.Unpin();
                }
                else
                {
                    BpfLink link = TakeOver(program, old, path, target);
                    isTaken = link == old;
                    return link;
                }
            }
            finally
            {
                if (!isTaken) old.Dispose();
            }
        }

        return Pinned(program, path, target);
    }

    private static BpfLink TakeOver(BpfProgram program, BpfLink old, string path, AttachPoint? target)
    {
        if (target?.MayHold(program, old.GetInfo()) == false)
        {
            throw new BpfException(
                $"Take over {old.Description}, pinned at {path}, for program \"{program.Name}\"",
                Errno.EINVAL,
                $"it is not attached to {target}: remove the file, or use another path");
        }

        if (LinkRules.CanUpdate(old.Type) != false)
        {
            old.Update(program);
            return old;
        }

        BpfLink link = Make(program, target);
        try
        {
            if (link.Type != old.Type)
            {
                throw new BpfException(
                    $"Take over {old.Description}, pinned at {path}, for program \"{program.Name}\"",
                    Errno.EINVAL,
                    $"that is attached by a {link.Type} link: remove the file, or use another path");
            }

            old.Unpin();
            try
            {
                link.Pin(path);
            }
            catch
            {
                // The program that ran before goes on.
                old.Pin(path);
                throw;
            }

            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    private static BpfLink Pinned(BpfProgram program, string path, AttachPoint? target)
    {
        BpfLink link = Make(program, target);
        try
        {
            link.Pin(path);
            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    private static BpfLink Make(BpfProgram program, AttachPoint? target) => target is null ? program.Attach() : program.Attach(target);
}
