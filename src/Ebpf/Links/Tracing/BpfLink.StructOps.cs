using Ebpf.Links.Tracing;

namespace Ebpf;

/// <content>Replacing struct_ops maps.</content>
public sealed partial class BpfLink
{
    /// <summary>
    /// Registers another struct_ops map in the place of the one that the link has, in one step. Since Linux 6.4, for maps with
    /// <see cref="BpfStructOps.HasLink"/> whose subsystem can replace them: congestion controls can.
    /// </summary>
    /// <param name="map">The new map, of the same struct; of a congestion control also with the same name in it.</param>
    /// <param name="expected">The map that must be registered now, or nothing is replaced; <c>null</c> for any.</param>
    /// <exception cref="InvalidOperationException">It is no link of a struct_ops map, or nothing is known to put into the map.</exception>
    /// <exception cref="ObjectDisposedException">The link, a map or a program of it is disposed.</exception>
    /// <exception cref="BpfException">
    /// The subsystem cannot replace maps (EOPNOTSUPP), the map is of another struct or has another name (EINVAL), another map than
    /// <paramref name="expected"/> is registered (EPERM), the link is detached (ENOLINK), or the kernel refused otherwise.
    /// </exception>
    public void Update(BpfStructOps map, BpfStructOps? expected = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        StructOpsHook.Update(this, map.Map, expected?.Map);
    }
}
