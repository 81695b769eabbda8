using Ebpf.Walls;

namespace Ebpf.Tests.Walls;

/// <summary>The order of the rooms in each assembly (<c>eng/rooms.txt</c>), over the built assemblies.</summary>
public sealed class RoomsTests
{
    private static readonly Dictionary<string, Rooms> All =
        Rooms.ReadAll(Path.Combine(AppContext.BaseDirectory, "rooms.txt")).ToDictionary(each => each.Assembly, each => each.Rooms);

    [Theory]
    [InlineData("Ebpf.Spec")]
    [InlineData("Ebpf")]
    public void Rooms_EveryOne_HoldsSomething(string assembly)
    {
        HashSet<string> used = [.. Facts(assembly).Files.Select(All[assembly].Of)];
        Assert.Equal([], All[assembly].Order.Except(used));
    }

    [Theory]
    [InlineData("Ebpf.Spec")]
    [InlineData("Ebpf")]
    public void Rooms_UseOnlyThoseBelow(string assembly)
    {
        List<string> wrong = Facts(assembly).Against(All[assembly]);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("Ebpf.Spec")]
    [InlineData("Ebpf")]
    public void Exceptions_EveryOne_IsNeeded(string assembly)
    {
        Rooms rooms = All[assembly];
        HashSet<(string, string)> needed =
            [.. Facts(assembly).Uses.Where(use => rooms.IsUp(rooms.Of(use.User), rooms.Of(use.Home))).Select(use => (use.User, rooms.Of(use.Home)))];
        Assert.Equal([], rooms.Exceptions.Except(needed));
    }

    [Fact]
    public void Against_ArrowThatPointsUpInCodeSignatureAndCall_NamesEach()
    {
        Rooms rooms = Rooms.Read(["Walls/Upper", "Walls/Lower"]);
        RoomFacts facts = RoomFacts.Of(Path.Combine(AppContext.BaseDirectory, "Ebpf.Tests.dll"), "tests/Ebpf.Tests");

        Assert.Equal(
            [
                "Walls/Lower -> Walls/Upper: Walls/Lower/InSignature.cs uses Ebpf.Tests.Walls.Upper.Kind",
                "Walls/Lower -> Walls/Upper: Walls/Lower/Offenders.cs uses Ebpf.Tests.Walls.Upper.Visible",
            ],
            facts.Against(rooms));
        Assert.Empty(facts.Against(Rooms.Read(["Walls/Lower", "Walls/Upper"])));
        Assert.NotEmpty(facts.Against(Rooms.Read(["Walls/Lower Walls/Upper"])));
        Assert.Equal(
            ["Walls/Lower -> Walls/Upper: Walls/Lower/InSignature.cs uses Ebpf.Tests.Walls.Upper.Kind"],
            facts.Against(Rooms.Read(["Walls/Upper", "Walls/Lower", "except Walls/Lower/Offenders.cs Walls/Upper"])));
    }

    private static RoomFacts Facts(string assembly) =>
        RoomFacts.Of(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"), "src/" + assembly);
}
