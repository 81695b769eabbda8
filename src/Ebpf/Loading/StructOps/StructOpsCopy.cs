using System.Text;
using Ebpf.Btf;
using Ebpf.Btf.Types;
using Ebpf.Errors;
using Microsoft.Extensions.Logging;

namespace Ebpf.Loading.StructOps;

/// <summary>
/// Copies the struct of a struct_ops map, as an object has it, into the one that the kernel has: member by member, by their names, since
/// the kernel's may be older or newer. What does not fit is an error, and so is what would be lost.
/// </summary>
internal sealed class StructOpsCopy
{
    private readonly MapSpec _map;
    private readonly StructType _target;
    private readonly byte[] _contents;
    private readonly int _offset;
    private readonly ILogger? _logger;
    private readonly byte[] _source;
    private readonly Dictionary<string, string> _waiting = new(StringComparer.Ordinal);
    private readonly List<StructOpsFunction> _functions = [];

    /// <summary>Prepares the copying.</summary>
    /// <param name="map">The map of the object.</param>
    /// <param name="target">The kernel's struct.</param>
    /// <param name="contents">The value of the kernel's map.</param>
    /// <param name="offset">Where the struct begins in it.</param>
    /// <param name="logger">Is told of members that are left out.</param>
    public StructOpsCopy(MapSpec map, StructType target, byte[] contents, int offset, ILogger? logger)
    {
        (_map, _target, _contents, _offset, _logger) = (map, target, contents, offset, logger);
        uint size = map.StructOps!.Type.Size;
        ReadOnlySpan<byte> own = map.InitialValue.Span;
        if ((uint)own.Length > size)
            throw new BpfException($"{Operation}: its first value has {own.Length} bytes, its struct only {size}");

        // What the user left away is zero.
        _source = own.ToArray();
        foreach ((string member, string? program) in map.StructOps.Functions)
        {
            if (program is not null) _waiting.Add(member, program);
        }
    }

    private string Operation => $"Create map \"{_map.Name}\"";

    /// <summary>Copies everything but the functions.</summary>
    /// <returns>Where the functions are.</returns>
    /// <exception cref="BpfException">Something does not fit.</exception>
    public List<StructOpsFunction> Copy()
    {
        CopyMembers(_map.StructOps!.Type, 0, _target, (ulong)_offset * 8, "");
        foreach (string member in _waiting.Keys)
            throw new BpfException($"{Operation}: struct {_map.StructOps.Type.Name} has no pointer to a function called \"{member}\"");
        return _functions;
    }

    private void CopyMembers(StructType from, ulong fromBit, StructType to, ulong toBit, string path)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        CopyMembers(from, fromBit, to, toBit, path, names);
        foreach (AnonymousPart part in from.AnonymousParts) CopyMembers(part.Type, fromBit + part.BitOffset, to, toBit, path, names);
    }

    private void CopyMembers(
        CompositeType from, ulong fromBit, StructType to, ulong toBit, string path, HashSet<string> names)
    {
        foreach (Member member in from.Members)
        {
            // Bit fields without a name only pad; structures without one are parts of their own.
            if (member.Name.Length == 0) continue;
            string name = path + member.Name;
            if (!names.Add(member.Name)) throw Failed(name, "the object has two of them");
            ulong at = fromBit + member.BitOffset;
            if (!FoundMember.TryFind(to, Encoding.UTF8.GetBytes(member.Name), out FoundMember found)) LeaveOut(member, at, name);
            else if (IsFunction(member.Type)) PlaceFunction(at, found, toBit, name);
            else CopyMember(member, at, found.Member, toBit + found.BitOffset, name);
        }
    }

    private void LeaveOut(Member member, ulong at, string name)
    {
        if (_waiting.TryGetValue(name, out string? program))
        {
            throw Failed(
                name,
                $"this kernel's has no such member, and would never call program \"{program}\": take it out of StructOps.Functions to do without");
        }

        if (!IsZero(at, BitsOf(member, name))) throw Failed(name, "this kernel's has no such member, and it is not zero");
        _logger?.MemberLeftOut(_map.Name, name);
    }

    private void PlaceFunction(ulong at, in FoundMember found, ulong toBit, string name)
    {
        if (!IsZero(at, 64))
            throw Failed(name, "the first value has an address for it: functions are named in StructOps.Functions, by their programs");
        if (!_waiting.Remove(name, out string? program)) return;
        if (!ReferenceEquals(found.Parent, _target)) throw Failed(name, "the kernel calls no functions of structs inside of the struct");
        if (!IsFunction(found.Member.Type)) throw Failed(name, $"this kernel's is no pointer to a function, but {found.Member.Type}");
        ulong place = (toBit + found.BitOffset) / 8;
        if (place + sizeof(ulong) > (ulong)_contents.Length) throw Failed(name, "it lies outside of the kernel's value");
        _functions.Add(new StructOpsFunction(program, _target.Members.IndexOf(found.Member), (int)place));
    }

    private void CopyMember(Member from, ulong fromBit, Member to, ulong toBit, string name)
    {
        BtfType type = from.Type.Resolve(), kernelType = to.Type.Resolve();
        if (type.Kind != kernelType.Kind) throw Failed(name, $"its type is {from.Type}, in this kernel {to.Type}");
        if (type is StructType nested)
        {
            CopyMembers(nested, fromBit, (StructType)kernelType, toBit, name + ".");
            return;
        }

        ulong size = BitsOf(from, name), kernelSize = BitsOf(to, name);
        if (size != kernelSize) throw Failed(name, $"it has {Text(size)}, in this kernel {Text(kernelSize)}");
        if (toBit + size > (ulong)_contents.Length * 8) throw Failed(name, "it lies outside of the kernel's value");
        CopyBits(fromBit, toBit, size);
    }

    private ulong BitsOf(Member member, string name)
    {
        if (member.IsBitField) return member.BitSize;
        return member.Type.TryGetSize(out uint size) ? size * 8UL : throw Failed(name, $"its type {member.Type} has no size");
    }

    private void CopyBits(ulong fromBit, ulong toBit, ulong count)
    {
        ulong end = (ulong)_source.Length * 8;
        for (ulong i = 0; i < count && fromBit + i < end; i++)
        {
            if ((_source[(fromBit + i) / 8] & Mask(fromBit + i)) != 0) _contents[(toBit + i) / 8] |= Mask(toBit + i);
        }
    }

    private bool IsZero(ulong bit, ulong count)
    {
        ulong end = Math.Min(bit + count, (ulong)_source.Length * 8);
        for (; bit < end; bit++)
        {
            if ((_source[bit / 8] & Mask(bit)) != 0) return false;
        }

        return true;
    }

    /// <summary>Big-endian BTF counts from the most significant bit on.</summary>
    private static byte Mask(ulong bit) => (byte)(BitConverter.IsLittleEndian ? 1 << (int)(bit % 8) : 0x80 >> (int)(bit % 8));

    private static bool IsFunction(BtfType type) =>
        type.Resolve() is PointerType pointer && pointer.Target.Resolve() is FunctionPrototypeType;

    private static string Text(ulong bits) => bits % 8 == 0 ? $"{bits / 8} bytes" : $"{bits} bits";

    private BpfException Failed(string member, string problem) =>
        new($"{Operation}: member \"{member}\" of struct {_map.StructOps!.Type.Name}: {problem}");
}
