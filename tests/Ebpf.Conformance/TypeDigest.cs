using System.Globalization;
using System.Text;
using Ebpf.Btf;

namespace Ebpf.Conformance;

/// <summary>Boils the types of an object down to one number: the kind, name, number of parts and size of each.</summary>
internal static class TypeDigest
{
    /// <summary>What <see cref="Hash"/> begins with.</summary>
    public const ulong HashStart = 0xcbf29ce484222325;

    /// <summary>So much of a name counts, in bytes.</summary>
    private const int NameLimit = 200;

    /// <summary>Adds the digest to a report.</summary>
    public static void AddTo(ObjectReport report, BtfSpec types)
    {
        ulong hash = HashStart;
        for (uint id = 1; id < (uint)types.Count; id++)
        {
            BtfType type = types[id];
            ReadOnlySpan<byte> name = Encoding.UTF8.GetBytes(type.Name);
            hash = Hash(hash, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(int)type.Kind}:")));
            hash = Hash(hash, name[..Math.Min(name.Length, NameLimit)]);
            hash = Hash(hash, Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $":{Parts(type)}:{Size(type)}\n")));
        }

        report.Add(
            "types",
            ("count", types.Count.ToString(CultureInfo.InvariantCulture)),
            ("digest", hash.ToString("x16", CultureInfo.InvariantCulture)));
    }

    /// <summary>FNV-1a with 64 bits.</summary>
    public static ulong Hash(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes) hash = (hash ^ value) * 0x100000001b3;
        return hash;
    }

    private static int Parts(BtfType type) => type switch
    {
        CompositeType composite => composite.Members.Length,
        EnumType enumeration => enumeration.Values.Length,
        FunctionPrototypeType prototype => prototype.Parameters.Length + (prototype.IsVariadic ? 1 : 0),
        DataSectionType section => section.Entries.Length,
        _ => 0,
    };

    private static long Size(BtfType type) =>
        type is not (FunctionType or FunctionPrototypeType or ForwardType or DataSectionType or DeclTagType)
        && type.TryGetSize(out uint size)
            ? size
            : -1;
}
