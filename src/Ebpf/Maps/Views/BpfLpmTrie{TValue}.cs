using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Maps;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;
using Ebpf.Maps.Walks;

namespace Ebpf;

/// <summary>
/// Represents a trie, in which a lookup finds the element with the longest prefix that matches, as in routing tables. See
/// <see cref="BpfMap.AsLpmTrie{TValue}"/>. Since Linux 4.11; enumeration and deletion since 4.15.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. A key is a prefix length (<c>__u32</c>, in bits) and data with the first
/// bit first: an address in network byte order. Nothing is allocated, except by <see cref="Element.Network"/>. Safe for use by
/// several threads at once.
/// </remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed unsafe class BpfLpmTrie<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : IMapView
    where TValue : unmanaged
{
    private const int LengthSize = sizeof(uint);

    /// <summary>The most bytes of data that the kernel allows (LPM_DATA_SIZE_MAX).</summary>
    private const int MaxData = 256;

    internal BpfLpmTrie(BpfMap map)
    {
        Map = map;
        DataSize = map.KeySize - LengthSize;
    }

    /// <summary>Gets the map.</summary>
    public BpfMap Map { get; }

    /// <summary>Gets the number of bytes of data in a key: 4 for IPv4 addresses, 16 for IPv6 addresses.</summary>
    public int DataSize { get; }

    /// <summary>Gets the value of the longest prefix that an address matches.</summary>
    /// <param name="address">An IPv4 address where <see cref="DataSize"/> is 4, an IPv6 one where it is 16.</param>
    /// <param name="value">The value of that prefix; <c>default</c> if none matches.</param>
    /// <returns>Whether one matches.</returns>
    /// <exception cref="ArgumentException">The address does not fit the keys of the trie.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than that none matches.</exception>
    public bool TryMatch(IPAddress address, out TValue value)
    {
        ArgumentNullException.ThrowIfNull(address);
        byte* key = stackalloc byte[LengthSize + MaxData];
        WriteKey(key, address, 8 * DataSize);
        return Lookup(key, out value);
    }

    /// <summary>Gets the value of the longest prefix that covers a whole network.</summary>
    /// <param name="network">An IPv4 network where <see cref="DataSize"/> is 4, an IPv6 one where it is 16.</param>
    /// <param name="value">The value of that prefix; <c>default</c> if there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ArgumentException">The network does not fit the keys of the trie.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than that none matches.</exception>
    public bool TryMatch(IPNetwork network, out TValue value)
    {
        byte* key = stackalloc byte[LengthSize + MaxData];
        WriteKey(key, network.BaseAddress, network.PrefixLength);
        return Lookup(key, out value);
    }

    /// <summary>Gets the value of the longest prefix that some bytes match.</summary>
    /// <param name="data">Exactly <see cref="DataSize"/> bytes.</param>
    /// <param name="prefixLength">The number of bits of the data that count: longer prefixes do not match.</param>
    /// <param name="value">The value of that prefix; <c>default</c> if none matches.</param>
    /// <returns>Whether one matches.</returns>
    /// <exception cref="ArgumentException">
    /// The span has another length, or <paramref name="prefixLength"/> is negative or greater than the number of bits.
    /// </exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than that none matches.</exception>
    public bool TryMatch(ReadOnlySpan<byte> data, int prefixLength, out TValue value)
    {
        byte* key = stackalloc byte[LengthSize + MaxData];
        WriteKey(key, data, prefixLength);
        return Lookup(key, out value);
    }

    /// <summary>Gets the value of the longest prefix that some bytes match, all of whose bits count.</summary>
    /// <inheritdoc cref="TryMatch(ReadOnlySpan{byte}, int, out TValue)"/>
    public bool TryMatch(ReadOnlySpan<byte> data, out TValue value) => TryMatch(data, 8 * DataSize, out value);

    /// <summary>Writes the element of exactly this network, not of a longer or shorter prefix.</summary>
    /// <param name="network">An IPv4 network where <see cref="DataSize"/> is 4, an IPv6 one where it is 16.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">
    /// Whether the element may or must exist already. Kernels before Linux 6.13 accept, but ignore it.
    /// </param>
    /// <exception cref="ArgumentException">The network does not fit the keys of the trie.</exception>
    /// <exception cref="BpfException">
    /// The map is full, <paramref name="flags"/> do not allow it, or the kernel refused for another reason.
    /// </exception>
    public void Update(IPNetwork network, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        byte* key = stackalloc byte[LengthSize + MaxData];
        WriteKey(key, network.BaseAddress, network.PrefixLength);
        Write(key, in value, flags);
    }

    /// <summary>Writes the element of exactly this prefix, not of a longer or shorter one.</summary>
    /// <param name="data">Exactly <see cref="DataSize"/> bytes; those behind the prefix do not matter.</param>
    /// <param name="prefixLength">The length of the prefix, in bits.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">As for <see cref="Update(IPNetwork, in TValue, MapUpdateFlags)"/>.</param>
    /// <exception cref="ArgumentException">
    /// The span has another length, or <paramref name="prefixLength"/> is negative or greater than the number of bits.
    /// </exception>
    /// <exception cref="BpfException">
    /// The map is full, <paramref name="flags"/> do not allow it, or the kernel refused for another reason.
    /// </exception>
    public void Update(
        ReadOnlySpan<byte> data, int prefixLength, in TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        byte* key = stackalloc byte[LengthSize + MaxData];
        WriteKey(key, data, prefixLength);
        Write(key, in value, flags);
    }

    /// <summary>Removes the element of exactly this network, not of a longer or shorter prefix.</summary>
    /// <param name="network">An IPv4 network where <see cref="DataSize"/> is 4, an IPv6 one where it is 16.</param>
    /// <returns>Whether it existed.</returns>
    /// <exception cref="ArgumentException">The network does not fit the keys of the trie.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool Remove(IPNetwork network)
    {
        byte* key = stackalloc byte[LengthSize + MaxData];
        WriteKey(key, network.BaseAddress, network.PrefixLength);
        return Map.Found(Map.Kernel.DeleteElement(Map.Handle, key), "remove");
    }

    /// <summary>Removes the element of exactly this prefix, not of a longer or shorter one.</summary>
    /// <param name="data">Exactly <see cref="DataSize"/> bytes; those behind the prefix do not matter.</param>
    /// <param name="prefixLength">The length of the prefix, in bits.</param>
    /// <returns>Whether it existed.</returns>
    /// <exception cref="ArgumentException">
    /// The span has another length, or <paramref name="prefixLength"/> is negative or greater than the number of bits.
    /// </exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool Remove(ReadOnlySpan<byte> data, int prefixLength)
    {
        byte* key = stackalloc byte[LengthSize + MaxData];
        WriteKey(key, data, prefixLength);
        return Map.Found(Map.Kernel.DeleteElement(Map.Handle, key), "remove");
    }

    /// <inheritdoc cref="BpfMap{TKey, TValue}.Count"/>
    public long Count() => Map.CountElements();

    /// <summary>Removes all elements.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.Clear();

    /// <summary>Enumerates the elements, longer prefixes before the shorter ones that cover them.</summary>
    /// <inheritdoc cref="BpfMap{TKey, TValue}.GetEnumerator"/>
    public Enumerator GetEnumerator() => new(new MapWalk(Map));

    object IMapView.Open(BpfMap map) => map.AsLpmTrie<TValue>();

    private bool Lookup(byte* key, out TValue value)
    {
        value = default;
        fixed (TValue* pointer = &value) return Map.Found(Map.Kernel.LookupElement(Map.Handle, key, pointer, 0), "look up");
    }

    private void Write(byte* key, in TValue value, MapUpdateFlags flags)
    {
        fixed (TValue* pointer = &value)
        {
            Errno error = Map.Kernel.UpdateElement(Map.Handle, key, pointer, (ulong)flags);
            if (error != Errno.None) Map.ThrowFailed("update", error);
        }
    }

    private void WriteKey(byte* key, IPAddress address, int prefixLength)
    {
        *(uint*)key = (uint)prefixLength;
        if (!address.TryWriteBytes(new Span<byte>(key + LengthSize, DataSize), out int written) || written != DataSize)
            ThrowFamily(address);
    }

    private void WriteKey(byte* key, ReadOnlySpan<byte> data, int prefixLength)
    {
        if (data.Length != DataSize) ThrowLength(data.Length, nameof(data));
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, 8 * DataSize);
        *(uint*)key = (uint)prefixLength;
        data.CopyTo(new Span<byte>(key + LengthSize, DataSize));
    }

    [DoesNotReturn]
    private void ThrowFamily(IPAddress address)
    {
        string advice = (address.AddressFamily, DataSize) switch
        {
            (AddressFamily.InterNetwork, 16) => "; if the program maps IPv4 addresses into IPv6 ones, use MapToIPv6",
            (AddressFamily.InterNetworkV6, 4) when address.IsIPv4MappedToIPv6 => "; use MapToIPv4",
            _ => "",
        };
        int size = address.AddressFamily == AddressFamily.InterNetwork ? 4 : 16;
        throw new ArgumentException(
            $"Map \"{Map.Name}\" has keys with {DataSize} bytes of data; {address} has {size}{advice}.", nameof(address));
    }

    [DoesNotReturn]
    private void ThrowLength(int length, string parameter) => throw new ArgumentException(
        $"Map \"{Map.Name}\" has keys with {DataSize} bytes of data; the span has {length}.", parameter);

    /// <summary>Represents one element: a prefix and its value. Valid until the enumerator advances.</summary>
    public readonly ref struct Element
    {
        private readonly ReadOnlySpan<byte> _key;

        internal Element(ReadOnlySpan<byte> key, TValue value)
        {
            _key = key;
            Value = value;
        }

        /// <summary>Gets the length of the prefix, in bits.</summary>
        public int PrefixLength => (int)MemoryMarshal.Read<uint>(_key);

        /// <summary>Gets the data of the key. The bits behind the prefix are those that the writer left there.</summary>
        public ReadOnlySpan<byte> Data => _key[LengthSize..];

        /// <summary>Gets the value.</summary>
        public TValue Value { get; }

        /// <summary>Gets the prefix as a network.</summary>
        /// <exception cref="InvalidOperationException">The data has neither 4 nor 16 bytes.</exception>
        public IPNetwork Network
        {
            get
            {
                if (Data.Length is not (4 or 16))
                    throw new InvalidOperationException($"{Data.Length} bytes are no IP address.");
                Span<byte> address = stackalloc byte[16];
                address = address[..Data.Length];
                Data.CopyTo(address);

                // A network has zeros behind the prefix; what is in the trie need not.
                for (int i = 0; i < address.Length; i++)
                {
                    int bits = Math.Clamp(PrefixLength - (8 * i), 0, 8);
                    address[i] &= (byte)(0xff << (8 - bits));
                }

                return new IPNetwork(new IPAddress(address), PrefixLength);
            }
        }
    }

    /// <summary>Enumerates the elements of a trie.</summary>
    public readonly ref struct Enumerator
    {
        private readonly MapWalk _walk;

        internal Enumerator(MapWalk walk) => _walk = walk;

        /// <summary>Gets the current element.</summary>
        public Element Current => new(_walk.KeyBytes, _walk.Value<TValue>());

        /// <summary>Advances to the next element.</summary>
        /// <returns>Whether there is one.</returns>
        /// <exception cref="BpfException">The kernel refused.</exception>
        public bool MoveNext() => _walk.MoveNext();

        /// <summary>Releases the buffer of the enumeration.</summary>
        public void Dispose() => _walk.Dispose();
    }
}
