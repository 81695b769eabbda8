using System.Text.Json;
using Ebpf.Btf;
using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>Bytes as values of types: both come from the same input, the contents of a section <c>.BTF</c>.</summary>
internal sealed class ValueTarget : FuzzTarget
{
    /// <summary>So many types at most: each is gone through several times.</summary>
    private const int MostTypes = 300;

    /// <summary>Of so many types, one is written as long as it is by default.</summary>
    private const int FewTypes = 16;

    private const int MostMembers = 8;

    private const int DeepestPath = 6;

    private static readonly BtfValueFormat[] Formats =
    [
        new() { MaxLength = 1024 },
        new() { MaxLength = 1024, SkipZeros = true, Hexadecimal = true, MultipleLines = true, MaxDepth = 128 },
        new() { MaxLength = 1024, MaxElements = int.MaxValue, MaxDepth = 1 },
    ];

    public override string Name => "value";

    public override IEnumerable<(string Name, byte[] Input)> Seeds()
    {
        foreach (SeedObject seed in SeedObject.All)
        {
            if (seed.Section(".BTF") is { } types) yield return (seed.Name, types);
        }
    }

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        BtfSpec? types = budget.Run("Parse", () => BtfSpec.Parse(input));
        if (types is null) return;
        ReadOnlyMemory<byte> few = input[..Math.Min(9, input.Length)];
        for (uint id = 0; id < (uint)Math.Min(types.Count, MostTypes); id++)
        {
            BtfType? type = budget.Run("decode", () => types[id]);
            if (type is null) continue;
            Write(type, input, budget);
            Write(type, few, budget);
            budget.Run("navigate", () => Navigate(new BtfValue(type, input.Span), 0));
            budget.Run("navigate in few bytes", () => Navigate(new BtfValue(type, few.Span), 0));
            Locate(types, type, budget);
        }
    }

    public override void Mutate(Span<byte> input, Random random) => WordMutator.Mutate(input, random);

    private static void Write(BtfType type, ReadOnlyMemory<byte> bytes, Budget budget)
    {
        foreach (BtfValueFormat format in Formats)
        {
            string? text = budget.Run("Format", () => new BtfValue(type, bytes.Span).Format(format));
            if (text?.Length > format.MaxLength + 1) throw new ContractException($"Format wrote {text.Length} characters");
            budget.Run("WriteJson", () => WriteJson(type, bytes, format));
        }

        if (type.Id.Value % FewTypes == 1) budget.Run("ToString", () => new BtfValue(type, bytes[..Math.Min(64, bytes.Length)].Span).ToString().Length);
    }

    private static bool WriteJson(BtfType type, ReadOnlyMemory<byte> bytes, BtfValueFormat format)
    {
        using MemoryStream stream = new();
        using Utf8JsonWriter writer = new(stream);
        bool complete = new BtfValue(type, bytes.Span).WriteJson(writer, format);
        writer.Flush();
        JsonDocument.Parse(stream.GetBuffer().AsMemory(0, (int)stream.Length), new JsonDocumentOptions { MaxDepth = 256 }).Dispose();
        return complete;
    }

    private static long Navigate(BtfValue value, int depth)
    {
        long sum = value.Bytes.Length + value.Length + value.BitSize;

        // Exceptions take their time: where one is certain, the first is enough.
        bool isNumber = value.Type.Resolve() is IntType or EnumType or PointerType && !value.IsTruncated;
        if (isNumber || depth == 0) sum += Read(value);
        if (depth == DeepestPath) return sum;
        if (value.Length > 0) sum += Navigate(value[value.Length - 1], depth + 1);
        if (value.Type.Resolve() is not CompositeType composite) return sum;
        foreach (Member member in composite.Members.Take(depth == 0 ? MostMembers : 1))
        {
            sum += Navigate(value[member], depth + 1);
            if (value.TryGetMember(member.Name, out BtfValue named)) sum += named.Bytes.Length;
        }

        return sum;
    }

    private static long Read(BtfValue value)
    {
        try
        {
            return (long)value.ToInt128() + value.ToInt64();
        }
        catch (Exception error) when (error is OverflowException or InvalidOperationException)
        {
            return 0;
        }
    }

    private static void Locate(BtfSpec types, BtfType type, Budget budget)
    {
        if (budget.Run("path", () => PathFrom(type)) is not { Length: > 0 } path) return;
        budget.Run("TryLocate", () => type.TryLocate(path, out MemberLocation? location) ? location.ToString() : "");
        budget.Run("Locate", () => Message(() => type.Locate(path + "_")));
        if (IsName(type.Name)) budget.Run("Locate in all", () => Message(() => types.Locate($"{type.Name}.{path}")));
    }

    /// <summary>The names of the first members, one in the other.</summary>
    private static string PathFrom(BtfType type)
    {
        List<string> names = [];
        while (names.Count < DeepestPath)
        {
            type = type.Resolve();
            if (type is PointerType pointer) type = pointer.Target.Resolve();
            if (type is not CompositeType composite || composite.Members.FirstOrDefault(member => IsName(member.Name)) is not { } first) break;
            names.Add(first.Name);
            type = first.Type;
        }

        return string.Join('.', names);
    }

    private static bool IsName(string name) => name.Length is > 0 and < 256 && name.All(char.IsAsciiLetterOrDigit);

    private static string Message(Func<MemberLocation> locate)
    {
        try
        {
            return locate().ToString();
        }
        catch (Exception error) when (error is KeyNotFoundException or AmbiguousNameException)
        {
            return error.Message;
        }
    }
}
