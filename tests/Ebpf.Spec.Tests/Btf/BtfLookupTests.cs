using System.Text;
using Ebpf.Btf;
using Ebpf.Btf.Reading;

namespace Ebpf.Spec.Tests.Btf;

public sealed class BtfLookupTests
{
    private static BtfSpec ThreeNamesakes()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        blob.Struct("event", 4, ("a", number, 0));
        blob.Typedef("event", number);
        blob.Struct("event", 8, ("a", number, 32));
        blob.Struct("events", 4);
        return blob.Parse();
    }

    [Fact]
    public void Get_UnknownName_SaysWhatWasAskedFor()
    {
        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => ThreeNamesakes().Get<StructType>("even"));

        Assert.Equal("No StructType is called \"even\", nor anything else in this BTF.", error.Message);
    }

    [Fact]
    public void Get_NameOfAnotherKind_SaysWhatThereIs()
    {
        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => ThreeNamesakes().Get<UnionType>("events"));

        Assert.Equal("No UnionType is called \"events\"; there is: StructType 5.", error.Message);
    }

    [Fact]
    public void Get_SeveralOfTheKind_NamesTheirIds()
    {
        AmbiguousNameException error = Assert.Throws<AmbiguousNameException>(() => ThreeNamesakes().Get<StructType>("event"));

        Assert.Equal("Several types are called \"event\": 2 and 4 for example.", error.Message);
        Assert.Equal("event", error.Name);
    }

    [Fact]
    public void Get_OneOfTheKind_FindsItAmongNamesakes() =>
        Assert.Equal(3u, ThreeNamesakes().Get<TypedefType>("event").Id.Value);

    [Fact]
    public void TryGet_UnknownName_ReturnsFalse()
    {
        Assert.False(ThreeNamesakes().TryGet("nothing", out BtfType? type));
        Assert.Null(type);
    }

    [Fact]
    public void Named_GivesAllInOrder_BeforeAndAfterTheIndexIsBuilt()
    {
        BtfSpec types = ThreeNamesakes();
        for (int i = 0; i < 20; i++) Assert.Equal([2u, 3u, 4u], types.Named("event").Select(type => type.Id.Value));
    }

    [Fact]
    public void Named_EmptyName_IsRefused() => Assert.Throws<ArgumentException>(() => ThreeNamesakes().Named(""));

    [Fact]
    public void Named_StringsThatShareTheirEnds_AreFound()
    {
        // "event" can be stored as the end of "my_event".
        BtfBlob blob = new();
        uint my = blob.String("my_event");
        byte[] raw = blob.Build();
        BtfBlob other = new();
        other.Struct("my_event", 4);
        other.Struct("other", 4);
        raw = other.Build();
        raw[24 + 12] = (byte)(my + 3);
        BtfSpec types = BtfSpec.Parse(raw);

        for (int i = 0; i < 20; i++) Assert.Equal(2u, types.Get<StructType>("event").Id.Value);
    }

    [Fact]
    public void Get_ThousandsOfNames_FindsEach()
    {
        BtfBlob blob = new();
        for (int i = 0; i < 5000; i++) blob.Struct($"type_{i}", 4);
        BtfSpec types = blob.Parse();

        for (int i = 0; i < 5000; i++) Assert.Equal((uint)i + 1, types.Get<StructType>($"type_{i}").Id.Value);
        Assert.Empty(types.Named("type_5000"));
    }

    [Fact]
    public void Get_NamesOutsideAsciiAndVeryLongOnes_AreFound()
    {
        string lengthy = new('x', 4000);
        BtfBlob blob = new();
        blob.Struct("größe", 4);
        blob.Struct(lengthy, 4);
        BtfSpec types = blob.Parse();

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("größe", types.Get<StructType>("größe").Name);
            Assert.Equal(lengthy, types.Get<StructType>(lengthy).Name);
        }
    }

    [Theory]
    [InlineData("task_struct", "task_struct")]
    [InlineData("task_struct___old", "task_struct")]
    [InlineData("task_struct___old___older", "task_struct___old")]
    [InlineData("___x", "___x")]
    [InlineData("task____x", "task____x")]
    [InlineData("task___", "task___")]
    [InlineData("a___b", "a")]
    [InlineData("", "")]
    public void EssentialLength_EndsBeforeTheLastFlavour(string name, string essential) =>
        Assert.Equal(essential.Length, NameIndex.EssentialLength(Encoding.UTF8.GetBytes(name)));

    [Fact]
    public void NextWithEssentialName_FindsEveryFlavourAndNothingElse()
    {
        BtfBlob blob = new();
        blob.Struct("task", 1);
        blob.Struct("task___a", 1);
        blob.Struct("task_a", 1);
        blob.Struct("___task", 1);
        blob.Struct("task___a___b", 1);
        blob.Struct("task____c", 1);
        blob.Struct("task___d", 1);
        BtfSpec types = blob.Parse();

        List<uint> found = [];
        for (uint id = types.NextWithEssentialName("task"u8, 0); id != 0; id = types.NextWithEssentialName("task"u8, id))
            found.Add(id);

        Assert.Equal([1u, 2u, 7u], found);
        Assert.Equal(4u, types.NextWithEssentialName("___task"u8, 0));
        Assert.Equal(5u, types.NextWithEssentialName("task___a"u8, 0));
        Assert.Equal(5u, types.Get<StructType>("task___a___b").Id.Value);
    }
}
