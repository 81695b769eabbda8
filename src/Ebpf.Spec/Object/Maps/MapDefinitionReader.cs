using System.Collections.Immutable;
using Ebpf.Btf;

namespace Ebpf.Object.Maps;

/// <summary>Reads one map definition: a struct whose members say by their types what the map is like.</summary>
/// <remarks>
/// The macros of &lt;bpf/bpf_helpers.h&gt; hide numbers and types in pointers: <c>__uint(f, N)</c> is a pointer to an array of
/// N elements, <c>__type(f, T)</c> a pointer to T, <c>__ulong(f, N)</c> an enum of the one value N, and
/// <c>__array(values, T)</c> an array of unknown length of pointers to T.
/// </remarks>
internal sealed class MapDefinitionReader
{
    /// <summary>How many members <see cref="ReadMember"/> knows. No struct has one twice.</summary>
    private const int KnownMembers = 11;

    private readonly string _name;
    private readonly bool _isInner;

    private uint? _keySize;
    private uint? _valueSize;

    private MapDefinitionReader(string name, bool isInner)
    {
        _name = name;
        _isInner = isInner;
    }

    /// <exception cref="ObjectFormatException">The definition is not one that libbpf would accept.</exception>
    public static MapSpec Read(string name, StructType definition) =>
        new MapDefinitionReader(name, isInner: false).Read(definition);

    private MapSpec Read(StructType definition)
    {
        MapSpec map = new() { Name = _name, SectionName = _isInner ? "" : ".maps" };
        ImmutableArray<Member> members = definition.Members;
        if (members.Length > KnownMembers) throw Malformed($"{members.Length} members: {KnownMembers} are known");
        for (int i = 0; i < members.Length; i++)
            ReadMember(map, members[i], isLast: i == members.Length - 1);

        if (map.Type == MapType.Unspecified && !_isInner) throw Malformed("the definition has no type");
        map.KeySize = _keySize ?? 0;
        map.ValueSize = _valueSize ?? 0;
        return map;
    }

    private void ReadMember(MapSpec map, Member member, bool isLast)
    {
        switch (member.Name)
        {
            case "type":
                map.Type = (MapType)Number(member);
                break;
            case "max_entries":
                map.MaxEntries = Number(member);
                break;
            case "map_flags":
                map.Flags = (MapFlags)Number(member);
                break;
            case "numa_node":
                map.NumaNode = Number(member);
                break;
            case "map_extra":
                map.MapExtra = LongNumber(member);
                break;
            case "key_size":
                SetSize(ref _keySize, Number(member), "key");
                break;
            case "key":
                map.KeyType = TypeOf(member);
                SetSize(ref _keySize, SizeOf(map.KeyType, member), "key");
                break;
            case "value_size":
                SetSize(ref _valueSize, Number(member), "value");
                break;
            case "value":
                map.ValueType = TypeOf(member);
                SetSize(ref _valueSize, SizeOf(map.ValueType, member), "value");
                break;
            case "values":
                if (!isLast) throw Malformed("\"values\" should be the last member");
                ReadValues(map, member);
                break;
            case "pinning":
                map.Pinning = Pinning(member);
                break;
            default:
                throw Malformed(
                    $"unknown member \"{member.Name}\" (known are type, max_entries, map_flags, numa_node, map_extra, "
                    + "key, key_size, value, value_size, values and pinning)");
        }
    }

    private void ReadValues(MapSpec map, Member member)
    {
        bool isMapInMap = map.Type is MapType.ArrayOfMaps or MapType.HashOfMaps;
        if (_isInner) throw Malformed("maps of maps can be nested only once");
        if (!isMapInMap && map.Type != MapType.ProgramArray)
            throw Malformed("only maps of maps and program arrays have \"values\", and their type comes before it");

        // Their values are descriptors to the loader and object ids to everybody else: 32 bits.
        SetSize(ref _valueSize, sizeof(uint), "value");
        if (Unqualified(member.Type) is not ArrayType { Length: 0 } array)
            throw Malformed("\"values\" should be an array of unknown length, made by __array()");
        if (Unqualified(array.Element) is not PointerType pointer)
            throw Malformed("\"values\" should hold pointers");
        BtfType target = Unqualified(pointer.Target);
        if (isMapInMap)
        {
            if (target is not StructType definition)
                throw Malformed("\"values\" of a map of maps should point at the definition of the inner map, a struct");
            map.InnerMap = new MapDefinitionReader($"{_name}.inner", isInner: true).Read(definition);
        }
        else if (target is not FunctionPrototypeType)
        {
            throw Malformed("\"values\" of a program array should point at functions");
        }
    }

    private MapPinning Pinning(Member member)
    {
        if (_isInner) throw Malformed("an inner map cannot be pinned");

        // Other loaders' own numbers stay in the spec: the user decides before the map is created.
        return (MapPinning)Number(member);
    }

    private void SetSize(ref uint? size, uint value, string what)
    {
        if (size is uint earlier && earlier != value)
            throw Malformed($"conflicting {what} sizes: {earlier} and {value}");
        size = value;
    }

    private uint SizeOf(BtfType type, Member member) =>
        type.TryGetSize(out uint size)
            ? size
            : throw Malformed($"member \"{member.Name}\" is of type {type}, whose size is not known");

    private BtfType TypeOf(Member member) =>
        Unqualified(member.Type) is PointerType pointer
            ? pointer.Target
            : throw Malformed($"member \"{member.Name}\" should be a pointer, made by __type()");

    private uint Number(Member member) =>
        Unqualified(member.Type) is PointerType pointer && Unqualified(pointer.Target) is ArrayType array
            ? array.Length
            : throw Malformed($"member \"{member.Name}\" should be a pointer to an array, made by __uint()");

    private ulong LongNumber(Member member)
    {
        if (Unqualified(member.Type) is not EnumType number) return Number(member);
        return number.Values.Length == 1
            ? number.Values[0].UnsignedValue
            : throw Malformed($"member \"{member.Name}\" should be an enum of one value, made by __ulong()");
    }

    private static BtfType Unqualified(BtfType type) => type.Resolve();

    private ObjectFormatException Malformed(string problem) => new(problem, ".maps", _name);
}
