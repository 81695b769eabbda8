using System.Net.Sockets;
using Ebpf.Links.Sockets;

namespace Ebpf;

/// <content>Attaching to single sockets, and to groups of sockets that share a port.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Sets a socket filter: it decides how many bytes of each packet the socket receives, 0 for none of it. Since Linux 3.19.
    /// </summary>
    /// <remarks>
    /// There is no link: a socket has one filter, which stays until another one is set in its place, it is removed
    /// (<see cref="DetachSocketFilter"/>), or the socket is closed by all who hold it; nothing else of this library removes it. Classic
    /// filters (<c>SO_ATTACH_FILTER</c>) have the same place.
    /// </remarks>
    /// <param name="socket">The socket, of any family; it stays the caller's.</param>
    /// <exception cref="InvalidOperationException">It is no socket filter.</exception>
    /// <exception cref="ObjectDisposedException">The program or the socket is disposed.</exception>
    /// <exception cref="BpfException">
    /// The filter of the socket is locked (EPERM, <c>SO_LOCK_FILTER</c>), or the kernel refused otherwise.
    /// </exception>
    public void AttachSocketFilter(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        SocketHook.AttachFilter(this, socket);
    }

    /// <summary>
    /// Removes the filter of a socket, whichever it is: one that somebody else has set meanwhile as well. Since Linux 2.2.
    /// </summary>
    /// <param name="socket">The socket; it stays the caller's.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ObjectDisposedException">The socket is disposed.</exception>
    /// <exception cref="BpfException">The filter is locked (EPERM, <c>SO_LOCK_FILTER</c>), or the kernel refused otherwise.</exception>
    public static bool DetachSocketFilter(Socket socket, BpfKernel? kernel = null)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return SocketHook.DetachFilter(Linux.LinuxKernel.Of(kernel), socket);
    }

    /// <summary>
    /// Sets the program that chooses which socket of a group gets a packet or connection, for a group of sockets that share a port
    /// (<c>SO_REUSEPORT</c>): one of <c>SEC("sk_reuseport")</c>, which chooses from a map (Linux 4.19), or a socket filter, whose result is
    /// the number of the socket in the order in which they were bound (Linux 4.5).
    /// </summary>
    /// <remarks>
    /// There is no link: the group has one program, which stays until another one is set in its place, it is removed
    /// (<see cref="DetachReuseport"/>), or the last socket of the group is closed.
    /// </remarks>
    /// <param name="socket">
    /// Any socket of the group, TCP or UDP; or one that is not bound yet, on which <c>SO_REUSEPORT</c> is set. It stays the caller's.
    /// </param>
    /// <exception cref="InvalidOperationException">It is no program of these kinds.</exception>
    /// <exception cref="ObjectDisposedException">The program or the socket is disposed.</exception>
    /// <exception cref="BpfException">The socket shares no port (EINVAL), or the kernel refused otherwise.</exception>
    public void AttachReuseport(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        SocketHook.AttachReuseport(this, socket);
    }

    /// <summary>Removes the program of a group of sockets that share a port, whichever it is. Since Linux 5.3.</summary>
    /// <param name="socket">Any socket of the group; it stays the caller's.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ObjectDisposedException">The socket is disposed.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is older than 5.3.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static bool DetachReuseport(Socket socket, BpfKernel? kernel = null)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return SocketHook.DetachReuseport(Linux.LinuxKernel.Of(kernel), socket);
    }
}
