using Ebpf.Btf;
using Ebpf.Btf.Building;

namespace Ebpf.Fuzz.Targets;

/// <summary>Asks everything of types.</summary>
internal static class TypesExercise
{
    /// <summary>So many types at most are asked one by one: an input of some kilobytes can hold no more that differ.</summary>
    private const int Most = 2000;

    public static void Exercise(BtfSpec types, Budget budget)
    {
        budget.Run("decode all types", () => DecodeAll(types));
        for (uint id = 0; id < (uint)Math.Min(types.Count, Most); id++)
        {
            BtfType? type = budget.Run("decode", () => types[id]);
            if (type is not null) Exercise(types, type, budget);
        }

        budget.Run("EncodeForKernel", () => types.EncodeForKernel(), mayRefuse: true);
        budget.Run("EncodeForKernel, replacing all", () => types.EncodeForKernel(BtfKernelSupport.None), mayRefuse: true);
    }

    private static int DecodeAll(BtfSpec types)
    {
        int count = 0;
        foreach (BtfType type in types.All)
        {
            count += type switch
            {
                CompositeType composite => composite.Members.Length,
                EnumType enumeration => enumeration.Values.Length,
                FunctionPrototypeType prototype => prototype.Parameters.Length,
                DataSectionType section => section.Entries.Length,
                _ => 1,
            };
        }

        return count;
    }

    private static void Exercise(BtfSpec types, BtfType type, Budget budget)
    {
        budget.Run("type.ToString", type.ToString);
        budget.Run("type.Name", () => type.Name);
        budget.Run("type.Tags", () => type.Tags);
        budget.Run("type.Resolve", type.Resolve);
        budget.Run("type.SkipQualifiers", type.SkipQualifiers);
        budget.Run("type.TryGetSize", () => type.TryGetSize(out _));
        budget.Run("type.TryGetAlignment", () => type.TryGetAlignment(out _));
        budget.Run("TryGet", () => type.Name.Length > 0 && types.TryGet(type.Name, out BtfType? _), mayRefuse: true);
        budget.Run("elements", () => Elements(type));
    }

    private static int Elements(BtfType type)
    {
        int sum = 0;
        switch (type)
        {
            case CompositeType composite:
                foreach (Member member in composite.Members)
                    sum += member.Name.Length + member.Tags.Count + (int)member.Offset;
                if (composite.Members is [var first, ..]) sum += first.ToString().Length;
                break;
            case EnumType enumeration:
                foreach (EnumValue value in enumeration.Values) sum += value.Name.Length + (int)value.UnsignedValue;
                if (enumeration.Values is [var one, ..]) sum += one.ToString()!.Length;
                break;
            case FunctionPrototypeType prototype:
                foreach (Parameter parameter in prototype.Parameters) sum += parameter.Name.Length;
                sum += (int)prototype.Return.Kind;
                break;
            case DataSectionType section:
                foreach (DataSectionEntry entry in section.Entries) sum += entry.Type.Name.Length + (int)entry.Size;
                break;
            case FunctionType function:
                sum += function.Prototype.Parameters.Length + (int)function.Linkage;
                break;
            case VariableType variable:
                sum += (int)variable.Type.Kind + (int)variable.Linkage;
                break;
            case ArrayType array:
                sum += (int)array.Element.Kind + (int)array.Index.Kind + (int)array.Length;
                break;
            case DeclTagType tag:
                sum += (int)tag.Target.Kind;
                break;
        }

        return sum;
    }
}
