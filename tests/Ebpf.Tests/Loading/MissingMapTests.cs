namespace Ebpf.Tests.Loading;

public sealed class MissingMapTests
{
    [Fact]
    public void Load_MapThatIsLeftOutAndNotReached_IsNotNeeded()
    {
        CollectionSpec spec = One.Spec("optional_maps", "uses_map");
        spec.Maps["optional"].AutoCreate = false;
        spec.Maps[".bss"].AutoCreate = false;

        Assert.Equal(14u, One.Run(spec, "uses_map"));
    }

    [Fact]
    public void Load_MapThatIsLeftOutAndReached_IsNamed()
    {
        CollectionSpec spec = One.Spec("optional_maps", "uses_map");
        spec.Maps["optional"].AutoCreate = false;
        spec.Variables["uses_optional"].Set(1);

        VerifierException error = One.Fails<VerifierException>(spec);

        Assert.Equal("map \"optional\" was not created", error.Reason);
        Assert.Equal(VerifierMistake.UnresolvedReference, error.Mistake);
        Assert.Equal("look_up", error.Function);
        Assert.EndsWith("/* wrong */", error.SourceLine?.Text);
    }

    [Fact]
    public void Load_VariablesThatAreLeftOutAndReached_AreNamed()
    {
        CollectionSpec spec = One.Spec("optional_maps", "uses_variable");
        spec.Maps[".bss"].AutoCreate = false;

        VerifierException error = One.Fails<VerifierException>(spec);

        Assert.Equal("map \".bss\" was not created", error.Reason);
        Assert.EndsWith("/* wrong */", error.SourceLine?.Text);
    }

    [Fact]
    public void Load_MapThatWasTakenOutOfTheSpec_IsAnError()
    {
        CollectionSpec spec = One.Spec("optional_maps", "uses_map");
        spec.Maps.Remove("optional");

        Assert.Equal(
            "Load program \"uses_map\": it uses map \"optional\", which the collection does not have",
            One.Fails<BpfException>(spec).Message);
    }
}
