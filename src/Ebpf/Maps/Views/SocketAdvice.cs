using System.Diagnostics.CodeAnalysis;

namespace Ebpf.Maps.Views;

/// <summary>What the maps of sockets have in common in what they cannot do.</summary>
internal static class SocketAdvice
{
    /// <summary>Why a map did not take a socket; <c>null</c> if the error says it all.</summary>
    public static string? For(Errno error) => error switch
    {
        Errno.EOPNOTSUPP or Errno.ENOTSUPP or Errno.EINVAL or Errno.EPROTONOSUPPORT =>
            "the map does not take a socket of this kind, or not in its state: TCP sockets have to be connected, say",
        Errno.EBUSY => "the socket is in another map already, or there is a socket under this key",
        _ => null,
    };

    /// <summary>Checks that the kernel tells which sockets are in a map.</summary>
    /// <exception cref="NotSupportedException">It does not.</exception>
    public static void CheckReadable(BpfMap map)
    {
        if (map.ValueSize != sizeof(ulong)) Throw(map);
    }

    [DoesNotReturn]
    private static void Throw(BpfMap map) => throw new NotSupportedException(
        $"The sockets in map \"{map.Name}\" cannot be read: its values have {map.ValueSize} bytes, and a cookie has 8 (__u64).");
}
