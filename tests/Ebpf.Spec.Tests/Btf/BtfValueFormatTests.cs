using System.Text;
using System.Text.Json;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>Values as text and as JSON.</summary>
public sealed class BtfValueFormatTests
{
    private const string Bits = "{ low = 5, middle = 600, negative = -3, colour = PINK, wide = 78187493530, flag = true }";

    private static string Json(BtfValue value, BtfValueFormat? format = null)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream)) value.WriteJson(writer, format);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static BtfValue Nothing()
    {
        VariableSpec variable = Values.Object().Variables["nothing"];
        return new BtfValue(variable.Type!, variable.ToArray());
    }

    private static BtfValue Flexible(int count) => new(Values.Types().Get<StructType>("flexible"), new byte[4 + (8 * count)]);

    [Theory]
    [InlineData(ByteOrder.LittleEndian, 0x8_00000007)]
    [InlineData(ByteOrder.BigEndian, 0x7_00000008)]
    public void ToString_ShowsEveryKindOfTypeOnOneLine(ByteOrder order, long number)
    {
        Assert.Equal(
            $"{{ pid = -12, comm = \"bash\", access = READ|EXECUTE, colour = RED, wide = TOP, bits = {Bits}, "
            + $"number = {number}, first = 7, second = 8, pointer = 0xffff888100a04000, next = 0x0, grid = [[1, 2, 3], [4, 5, -6]], "
            + "yes = true, letter = 120 'x', raw = [1, 2, 3, 255], real = 0.5, half = -1.5, "
            + "points = [{ x = 1, y = 2 }, { x = 3, y = 4 }], big = -1267650600228229401496703205376 }",
            Values.Event(order).ToString());
    }

    [Fact]
    public void Format_Indented_GivesEachMemberALine()
    {
        Assert.Equal(
            """
            {
                low = 5,
                middle = 600,
                negative = -3,
                colour = PINK,
                wide = 78187493530,
                flag = true
            }
            """,
            Values.Event()["bits"].Format(BtfValueFormat.Indented));
        Assert.Equal(
            """
            [
                {
                    x = 1,
                    y = 2
                },
                {
                    x = 3,
                    y = 4
                }
            ]
            """,
            Values.Event()["points"].Format(BtfValueFormat.Indented));
        Assert.Equal("[1, 2, 3, 255]", Values.Event()["raw"].Format(BtfValueFormat.Indented));
    }

    [Fact]
    public void Format_Hexadecimal_ShowsTheBitsOfIntegers()
    {
        BtfValueFormat format = new() { Hexadecimal = true };

        Assert.Equal("0xfffffff4", Values.Event()["pid"].Format(format));
        Assert.Equal("0x1d", Values.Event()["bits"]["negative"].Format(format));
        Assert.Equal("[0x1, 0x2, 0x3, 0xff]", Values.Event()["raw"].Format(format));
        Assert.Equal("READ|EXECUTE", Values.Event()["access"].Format(format));
        Assert.Equal("0x78", Values.Event()["letter"].Format(format));
        Assert.Equal("true", Values.Event()["yes"].Format(format));
    }

    [Fact]
    public void Format_SkipZeros_LeavesOutWhatIsZero()
    {
        BtfValueFormat format = new() { SkipZeros = true };
        VariableSpec variable = Values.Object().Variables["nothing"];
        byte[] bytes = variable.ToArray();
        bytes[0] = 3;
        bytes[variable.Type!.Locate("grid[1][1]").Offset] = 9;

        Assert.Equal("{}", Nothing().Format(format));
        Assert.Equal("{ pid = 3, grid = [[1] = [[1] = 9]] }", new BtfValue(variable.Type!, bytes).Format(format));
    }

    [Fact]
    public void Format_Enums_ShowNamesFlagsOrNumbers()
    {
        BtfSpec types = Values.Types();
        EnumType access = types.Get<EnumType>("access"), colour = types.Get<EnumType>("colour");

        Assert.Equal("ALL", new BtfValue(access, [7, 0, 0, 0]).ToString());
        Assert.Equal("WRITE|EXECUTE", new BtfValue(access, [6, 0, 0, 0]).ToString());
        Assert.Equal("14", new BtfValue(access, [14, 0, 0, 0]).ToString());
        Assert.Equal("0", new BtfValue(access, [0, 0, 0, 0]).ToString());
        Assert.Equal("7", new BtfValue(colour, [7, 0, 0, 0]).ToString());
        Assert.Equal("GREEN", colour.NameOf(0));
        Assert.Null(colour.NameOf(9));
    }

    [Fact]
    public void Format_Text_IsEscaped()
    {
        BtfType comm = Values.Event()["comm"].Type;

        Assert.Equal("\"a\\n\\\"\\\\ü\\xff\\x1b\"", new BtfValue(comm, [.. "a\n\"\\ü"u8, 0xff, 0x1b, .. new byte[10]]).ToString());
        Assert.Equal("\"\"", new BtfValue(comm, new byte[16]).ToString());
        Assert.Equal("\"0123456789abcdef\"", new BtfValue(comm, "0123456789abcdef"u8).ToString());
        Assert.Equal("\"abc\"<truncated>", new BtfValue(comm, "abc"u8).ToString());
    }

    [Fact]
    public void Format_Truncated_IsMarked()
    {
        BtfType bits = Values.Event()["bits"].Type, grid = Values.Event()["grid"].Type, point = Values.Types().Get<StructType>("point");

        Assert.Equal("{ x = 1, y = <truncated> }", new BtfValue(point, [1, 0, 0, 0, 1]).ToString());
        Assert.Equal("[[1, <truncated>], <truncated>]", new BtfValue(grid, [1, 0]).ToString());
        Assert.Equal("<truncated>", new BtfValue(point, default).ToString());
        Assert.EndsWith("wide = <truncated>, flag = <truncated> }", new BtfValue(bits, [1, 2, 3]).ToString());
    }

    [Fact]
    public void Format_Limits_ShowThatSomethingIsLeftOut()
    {
        Assert.Equal("{ pid = -12, comm = …", Values.Event().Format(new() { MaxLength = 20 }));
        Assert.Equal("…", Values.Event().Format(new() { MaxLength = 0 }));
        Assert.Equal("[1, 2, … 2 more]", Values.Event()["raw"].Format(new() { MaxElements = 2 }));
        Assert.Equal("[…, …]", Values.Event()["points"].Format(new() { MaxDepth = 1 }));
        Assert.Equal("{ count = 0, rest = [{ x = 0, y = 0 }, … 2 more] }", Flexible(3).Format(new() { MaxElements = 1 }));
    }

    [Fact]
    public void Json_HasTheShapeOfTheType()
    {
        using JsonDocument document = JsonDocument.Parse(Json(Values.Event()));
        JsonElement json = document.RootElement;

        Assert.Equal(-12, json.GetProperty("pid").GetInt32());
        Assert.Equal("bash", json.GetProperty("comm").GetString());
        Assert.Equal("READ|EXECUTE", json.GetProperty("access").GetString());
        Assert.Equal("RED", json.GetProperty("colour").GetString());
        Assert.Equal(600, json.GetProperty("bits").GetProperty("middle").GetInt32());
        Assert.Equal(8, json.GetProperty("second").GetInt32());
        Assert.Equal("0xffff888100a04000", json.GetProperty("pointer").GetString());
        Assert.Equal("[[1,2,3],[4,5,-6]]", json.GetProperty("grid").GetRawText());
        Assert.True(json.GetProperty("yes").GetBoolean());
        Assert.Equal(120, json.GetProperty("letter").GetInt32());
        Assert.Equal("0.5", json.GetProperty("real").GetRawText());
        Assert.Equal("-1.5", json.GetProperty("half").GetRawText());
        Assert.Equal("""[{"x":1,"y":2},{"x":3,"y":4}]""", json.GetProperty("points").GetRawText());
        Assert.Equal("-1267650600228229401496703205376", json.GetProperty("big").GetRawText());
    }

    [Fact]
    public void Json_HexadecimalAndSkipZeros_AreHeeded()
    {
        Assert.Equal("""{"x":"0x1","y":"0x2"}""", Json(Values.Event()["points"][0], new() { Hexadecimal = true }));
        Assert.Equal("{}", Json(Nothing(), new() { SkipZeros = true }));
        Assert.Equal("""{"count":0,"rest":[{"x":0,"y":0}]}""", Json(Flexible(1)));
    }

    [Fact]
    public void Json_NumbersThatJsonDoesNotHave_AreStrings()
    {
        BtfType real = Values.Event()["real"].Type;

        Assert.Equal("\"NaN\"", Json(new BtfValue(real, BitConverter.GetBytes(double.NaN))));
        Assert.Equal("\"Infinity\"", Json(new BtfValue(real, BitConverter.GetBytes(double.PositiveInfinity))));
    }

    [Fact]
    public void Json_TruncatedParts_AreNull()
    {
        StructType point = Values.Types().Get<StructType>("point");

        Assert.Equal("""{"x":1,"y":null}""", Json(new BtfValue(point, [1, 0, 0, 0, 1])));
        Assert.Equal("null", Json(new BtfValue(point, default)));
        Assert.Equal("[[1,null],[null]]", Json(new BtfValue(Values.Event()["grid"].Type, [1, 0])));
    }

    [Fact]
    public void Json_Limits_GiveSoundJson_AndAreReported()
    {
        for (int length = 0; length < 400; length++)
        {
            using MemoryStream stream = new();
            using Utf8JsonWriter writer = new(stream);
            bool complete = Values.Event().WriteJson(writer, new() { MaxLength = length });
            writer.Flush();

            JsonDocument.Parse(stream.ToArray()).Dispose();
            Assert.Equal(complete, Encoding.UTF8.GetString(stream.ToArray()) == Json(Values.Event()));
        }
    }

    [Fact]
    public void Format_OptionsThatMakeNoSense_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new BtfValueFormat { MaxDepth = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new BtfValueFormat { MaxDepth = 129 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new BtfValueFormat { MaxElements = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new BtfValueFormat { MaxLength = -1 });
    }
}
