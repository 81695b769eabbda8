using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>Members by path.</summary>
public sealed class MemberLocationTests
{
    [Theory]
    [InlineData("event.pid", 0, 32, "int pid")]
    [InlineData("event.comm[3]", 56, 8, "char")]
    [InlineData("event.comm", 32, 128, "char comm[16]")]
    [InlineData("event.second", 480, 32, "__u32 second")]
    [InlineData("event.grid[1][2]", 720, 16, "short")]
    [InlineData("event.points[1].y", 1024, 32, "int y")]
    [InlineData("event.points", 928, 128, "const point_t points[2]")]
    [InlineData("struct event.bits.middle", 323, 10, "unsigned int middle : 10")]
    [InlineData("point_t.y", 32, 32, "int y")]
    [InlineData("point_t", 0, 64, "point_t")]
    [InlineData("flexible.rest[5].y", 384, 32, "int y")]
    [InlineData("flexible.rest", 32, 0, "point_t rest[0]")]
    [InlineData("nothing.points[1].y", 1024, 32, "int y")]
    public void Locate_FindsOffsetSizeAndType(string path, ulong bitOffset, ulong bitSize, string text)
    {
        MemberLocation location = Values.Types().Locate(path);

        Assert.Equal((bitOffset, bitSize), (location.BitOffset, location.BitSize));
        Assert.Equal(bitOffset / 8, location.Offset);
        Assert.EndsWith($": {text}", location.ToString());
        Assert.False(location.FollowsPointers);
        Assert.True(Values.Types().TryLocate(path, out _));
    }

    [Theory]
    [InlineData("event.next.points[1].y")]
    [InlineData("event.next->points[1].y")]
    [InlineData("event->next->points[1].y")]
    public void Locate_BehindAPointer_IsAStepOfItsOwn(string path)
    {
        MemberLocation location = Values.Types().Locate(path);

        Assert.True(location.FollowsPointers);
        Assert.Equal("struct event + 72, const struct event + 128: int y", location.ToString());
        Assert.Equal([576ul, 1024ul], location.Steps.Select(step => step.BitOffset));
        Assert.Equal("event", location.Root.Name);
        Assert.Equal("y", location.Member!.Name);
    }

    [Fact]
    public void Locate_PointersThatThePathEndsWith_AreNotFollowed()
    {
        MemberLocation location = Values.Types().Locate("event.next");

        Assert.False(location.FollowsPointers);
        Assert.Equal("const struct event *", location.Type.ToString());
        Assert.Equal(64u, location.BitSize);
    }

    [Fact]
    public void Locate_AnIndexBehindAPointer_GoesOnFromWhatItPointsTo()
    {
        MemberLocation location = Values.Types().Locate("event.next[2].pid");

        Assert.Equal([576ul, 2 * 160 * 8], location.Steps.Select(step => step.BitOffset));
    }

    [Theory]
    [InlineData("event.bitz.low", "\"event.bitz\": struct event has no member \"bitz\"; similar: bits.")]
    [InlineData("event.bits.lo", "\"event.bits.lo\": struct bits has no member \"lo\"; similar: low.")]
    [InlineData("event.scond", "\"event.scond\": struct event has no member \"scond\"; similar: second.")]
    [InlineData("event.__pid", "\"event.__pid\": struct event has no member \"__pid\"; similar: pid.")]
    [InlineData("event.qqqqqqq", "\"event.qqqqqqq\": struct event has no member \"qqqqqqq\".")]
    [InlineData("event.pid.x", "\"event.pid.x\": int has no members.")]
    [InlineData("event.pid[0]", "\"event.pid[0]\": int is no array.")]
    [InlineData("event.points[2].x", "\"event.points[2]\": const point_t[2] has 2 elements.")]
    [InlineData("event.pointer.x", "\"event.pointer.x\": void has no members.")]
    [InlineData("event.pointer[1]", "\"event.pointer[1]\": void has no size, or too large a one.")]
    [InlineData("evnt.pid", "\"evnt\": there is no structure, union, typedef or variable of this name; similar: event.")]
    [InlineData("union event.pid", "\"event\": there is no structure, union, typedef or variable of this name; similar: event.")]
    public void Locate_WhatDoesNotExist_NamesTheFirstPartThatIsMissing(string path, string message)
    {
        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => Values.Types().Locate(path));

        Assert.Equal(message, error.Message);
        Assert.False(Values.Types().TryLocate(path, out MemberLocation? location));
        Assert.Null(location);
    }

    [Theory]
    [InlineData("event.")]
    [InlineData("event..pid")]
    [InlineData("event.points[")]
    [InlineData("event.points[x]")]
    [InlineData("event.points[-1]")]
    [InlineData("event.points[99999999999]")]
    [InlineData("event.points[0]x")]
    [InlineData("event-pid")]
    [InlineData(".pid")]
    [InlineData("")]
    public void Locate_MalformedPaths_AreRefused(string path)
    {
        Assert.ThrowsAny<ArgumentException>(() => Values.Types().Locate(path));
        Assert.ThrowsAny<ArgumentException>(() => Values.Types().TryLocate(path, out _));
    }

    [Fact]
    public void Locate_InADataSection_BeginsWithAVariable()
    {
        CollectionSpec spec = Values.Object();
        DataSectionType section = spec.Types!.Get<DataSectionType>(".data");

        MemberLocation location = section.Locate("event.points[1].y");

        Assert.Equal(spec.Variables["event"].Offset + 128, location.Offset);
    }

    [Fact]
    public void Locate_InAnArray_BeginsWithAnIndex() =>
        Assert.Equal(96u, Values.Event()["points"].Type.Locate("[1].y").BitOffset);

    [Fact]
    public void Locate_TypesThatAreOnlyDeclared_AreSaidToBe()
    {
        BtfBlob blob = new();
        uint declared = blob.Add(BtfKind.Forward, "hidden", 0);
        blob.Struct("holder", 8, ("p", blob.Pointer(declared), 0));

        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => blob.Parse().Locate("holder.p.x"));

        Assert.Equal("\"holder.p.x\": struct hidden is only declared here, so that its members are not known.", error.Message);
    }

    [Fact]
    public void NamedIgnoringFlavor_GivesAllFlavours()
    {
        BtfBlob blob = new();
        blob.Struct("task", 1);
        blob.Struct("task___old", 2);
        blob.Struct("tasks", 3);
        blob.Typedef("task___new", 1);
        BtfSpec types = blob.Parse();

        Assert.Equal([1u, 2u, 4u], types.NamedIgnoringFlavor("task").Select(type => type.Id.Value));
        Assert.Equal([1u, 2u, 4u], types.NamedIgnoringFlavor("task___any").Select(type => type.Id.Value));
        Assert.Equal(["task", "task", "tasks", "task"], types.All.Select(type => type.EssentialName));
    }

    [Fact]
    public void Locate_NamesWithDots_AreFound()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        uint pair = blob.Struct("pair", 8, ("a", number, 0), ("b", number, 32));
        uint local = blob.Variable("main.count", pair, VariableLinkage.Static), plain = blob.Variable("main", number, VariableLinkage.Global);
        uint section = blob.DataSection(".bss", 16, (plain, 0, 4), (local, 8, 8));
        BtfSpec types = blob.Parse();

        Assert.Equal(0ul, types.Locate("main").BitOffset);
        Assert.Equal(("main.count", 32ul), (types.Locate("main.count.b").Root.Name, types.Locate("main.count.b").BitOffset));
        Assert.Equal(96ul, types[section].Locate("main.count.b").BitOffset);
        Assert.Equal(0ul, types[section].Locate("main").BitOffset);
        Assert.False(types.TryLocate("main.other", out _));
        Assert.False(types[section].TryLocate("main.other", out _));
        Assert.Contains(
            "struct pair has no member \"c\"",
            Assert.Throws<KeyNotFoundException>(() => types.Locate("main.count.c")).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => types.Locate("main..count"));
    }

    [Fact]
    public void Locate_NameWithDotsThatIsAlsoAMember_MeansTheMember()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        blob.Struct("main", 8, ("x", number, 0), ("count", number, 32));
        blob.Variable("main.count", number, VariableLinkage.Static);

        MemberLocation location = blob.Parse().Locate("main.count");

        Assert.Equal(("main", 32ul), (location.Root.Name, location.BitOffset));
    }
}
