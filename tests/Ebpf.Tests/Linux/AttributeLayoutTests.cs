using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Ebpf.Linux;

namespace Ebpf.Tests.Linux;

public sealed class AttributeLayoutTests
{
    public static IEnumerable<TheoryDataRow<string>> Structures =>
        Sections().Select(section => new TheoryDataRow<string>(section[0].Split(' ')[0]));

    [Theory]
    [MemberData(nameof(Structures))]
    public void Structure_HasTheLayoutOfTheKernel(string name)
    {
        string[] section = Sections().Single(lines => lines[0].Split(' ')[0] == name);
        Type type = TypeOf(name);
        if (section[0].Split(' ') is [_, _, var size]) Assert.Equal(Number(size), SizeOf(type));

        foreach (string line in section[1..])
        {
            string[] words = line.Split(' ');
            (int offset, Type fieldType) = OffsetOf(type, words[0].Split('.'));
            Assert.Equal((words[1], Number(words[2])), (words[1], offset));
            if (words[3] != "-") Assert.Equal((words[1], Number(words[3])), (words[1], SizeOf(fieldType)));
        }
    }

    [Theory]
    [MemberData(nameof(Structures))]
    public void Structure_HasAFieldForEveryByte(string name)
    {
        // Padding between fields would be what the stack held before, which the kernel refuses.
        Type type = TypeOf(name);
        int covered = 0;
        foreach (FieldInfo field in type.GetFields().Where(field => !field.IsStatic))
        {
            int offset = OffsetOf(type, [field.Name]).Offset;
            Assert.True(offset <= covered, $"{name}: padding before {field.Name}");
            covered = Math.Max(covered, offset + SizeOf(field.FieldType));
        }

        Assert.Equal(SizeOf(type), covered);
    }

    [Fact]
    public void Table_NamesEveryStructureOfTheSeam()
    {
        string[] parts = ["IteratorLinkAttr", "PerfEventLinkAttr", "KprobeMultiLinkAttr", "TracingLinkAttr", "NetfilterLinkAttr",
            "OrderedLinkAttr", "UprobeMultiLinkAttr", "TracingMultiLinkAttr", "LinkInfoHeader"];
        IEnumerable<string> ours = typeof(LinuxKernel).Assembly.GetTypes()
            .Where(type => type.IsValueType && !type.IsNested && type.Namespace == "Ebpf.Linux")
            .Where(type => type.Name.EndsWith("Attr", StringComparison.Ordinal) || type.Name.Contains("Info", StringComparison.Ordinal))
            .Select(type => type.Name)
            .Except(parts);
        Assert.Equal(ours.Order(), Sections().Select(section => section[0].Split(' ')[0]).Order());
    }

    private static List<string[]> Sections()
    {
        List<List<string>> sections = [];
        foreach (string line in KernelLayout.Text.Split('\n'))
        {
            if (!line.StartsWith(' ')) sections.Add([]);
            sections[^1].Add(line.Trim());
        }

        return [.. sections.Select(section => section.ToArray())];
    }

    private static Type TypeOf(string name) => typeof(LinuxKernel).Assembly.GetType($"Ebpf.Linux.{name}", throwOnError: true)!;

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static int SizeOf(Type type) => type.IsPointer ? nint.Size : RuntimeHelpers.SizeOf(type.TypeHandle);

    /// <summary>The distance of a field from the beginning, as compiled code sees it.</summary>
    private static (int Offset, Type Type) OffsetOf(Type type, string[] path)
    {
        DynamicMethod method = new("Offset", typeof(int), [], typeof(LinuxKernel).Module, skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        code.DeclareLocal(type);
        code.Emit(OpCodes.Ldloca_S, 0);
        Type current = type;
        foreach (string name in path)
        {
            FieldInfo field = current.GetField(name) ?? throw new MissingFieldException(current.Name, name);
            code.Emit(OpCodes.Ldflda, field);
            current = field.FieldType;
        }

        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Ldloca_S, 0);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Sub);
        code.Emit(OpCodes.Conv_I4);
        code.Emit(OpCodes.Ret);
        return ((int)method.Invoke(null, null)!, current);
    }
}
