namespace Ebpf.Conformance.Tests;

public sealed class ExceptionListTests
{
    private static readonly Version Libbpf = new(1, 5);

    [Fact]
    public void Parse_CommentsAndEmptyLines_MeanNothing() =>
        Assert.Empty(ExceptionList.Parse(["# a | b | any | c", "", "  "]).All);

    [Theory]
    [InlineData("a.o | map m.flags | any")]
    [InlineData("a.o | map m.flags | any |")]
    [InlineData("a.o | map m.flags | 1.5 | why")]
    [InlineData("a.o | map m.flags | < | why")]
    public void Parse_LineThatIsNoException_NamesTheLine(string line)
    {
        FormatException error = Assert.Throws<FormatException>(() => ExceptionList.Parse(["# comment", line]));

        Assert.Contains("line 2", error.Message);
    }

    [Theory]
    [InlineData("a.o | map m.flags | any | why", true)]
    [InlineData("*.o | map *.flags | any | why", true)]
    [InlineData("b.o | map m.flags | any | why", false)]
    [InlineData("a.o | map m.type | any | why", false)]
    [InlineData("a.o | map m.flags = 1 | any | why", true)]
    [InlineData("a.o | map m.flags = 2 | any | why", false)]
    [InlineData("a.o | map m.flags | <1.6 | why", true)]
    [InlineData("a.o | map m.flags | <1.5 | why", false)]
    [InlineData("a.o | map m.flags | >=1.5 | why", true)]
    [InlineData("a.o | map m.flags | >=1.6 | why", false)]
    public void Explains_Difference_ByObjectFieldAndVersion(string line, bool expected)
    {
        ExceptionList list = ExceptionList.Parse([line]);

        Assert.Equal(expected, list.Explains(new Difference("a.o", "map m.flags", "1", "2"), Libbpf));
        Assert.Equal(expected ? 1 : 0, list.All[0].Found);
    }
}
