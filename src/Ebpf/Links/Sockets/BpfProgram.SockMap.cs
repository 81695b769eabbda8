using Ebpf.Links.Sockets;

namespace Ebpf;

/// <content>Attaching to maps of sockets.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches a program to a map of sockets (<see cref="MapType.SockMap"/>, <see cref="MapType.SockHash"/>): it parses what arrives at the
    /// sockets (<c>sk_skb/stream_parser</c>), decides on it (<c>sk_skb/stream_verdict</c>, <c>sk_skb/verdict</c>), or decides on what they
    /// send (<c>sk_msg</c>).
    /// </summary>
    /// <remarks>
    /// Attach before the first socket is put into the map: a socket takes the programs that are there when it is put in, and no later ones.
    /// A map has one program of each kind, and only one of the two kinds of verdict. Since Linux 6.10 the attachment is a link. Before, the
    /// kernel keeps the program attached as long as the map exists, also beyond the end of the process; disposing the link detaches it, and
    /// only it: a program that somebody attached in its place stays.
    /// </remarks>
    /// <param name="map">The map; it stays the caller's.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">
    /// It is no program for maps of sockets, or it does not say which kind, and neither does <see cref="SockMapOptions.AttachType"/>.
    /// </exception>
    /// <exception cref="ArgumentException">The map is no map of sockets.</exception>
    /// <exception cref="BpfException">
    /// The map has such a program already (EBUSY; before Linux 5.18 the kernel does not tell, and puts it out), or the kernel refused
    /// otherwise.
    /// </exception>
    public BpfLink AttachSockMap(BpfMap map, SockMapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        return SockMapHook.Attach(this, map, options ?? new());
    }
}
