using Ebpf.TestData;

namespace Ebpf.Tests;

public sealed class VerifierExceptionTests
{
    [Fact]
    public void Load_UncheckedLookup_SaysWhatIsWrongAndWhere()
    {
        VerifierException error = Refused("unchecked_lookup");

        Assert.Equal("unchecked_lookup", error.Program);
        Assert.Equal(Errno.EACCES, error.Errno);
        Assert.Contains("invalid mem access 'map_value_or_null'", error.Reason);
        Assert.NotNull(error.Instruction);
        Assert.NotNull(error.SourceLine);
        Assert.EndsWith("rejected.bpf.c", error.SourceLine.File);
        Assert.Contains("the line that is wrong", error.SourceLine.Text);
        Assert.StartsWith("Load program \"unchecked_lookup\": EACCES: R0 invalid mem access 'map_value_or_null', at ", error.Message);
        Assert.Contains("the line that is wrong", error.Message);
    }

    [Fact]
    public void Load_Refused_HasTheWholeLog()
    {
        VerifierException error = Refused("unchecked_lookup");

        Assert.Contains("bpf_map_lookup_elem", error.Log);
        Assert.Contains("processed ", error.Log);
        Assert.DoesNotContain("processed ", error.Message);
        Assert.Contains(error.Log, error.ToString());
    }

    [Fact]
    public void Load_WrongInACalledFunction_NamesItsLine()
    {
        VerifierException error = Refused("unchecked_in_function");

        Assert.NotNull(error.SourceLine);
        Assert.Contains("wrong, in a function that is called", error.SourceLine.Text);
    }

    [Fact]
    public void Load_PacketOutOfBounds_SaysSo() =>
        Assert.StartsWith("invalid access to packet, off=20 size=1", Refused("packet_out_of_bounds").Reason);

    [Fact]
    public void Load_LogLongerThanTheFirstBuffer_IsWhole()
    {
        VerifierException error = Refused("long_log");

        Assert.True(error.Log.Length > 64 * 1024, $"the log has only {error.Log.Length} characters");
        Assert.StartsWith("0: ", error.Log[error.Log.IndexOf("0: ", StringComparison.Ordinal)..]);
        Assert.Contains("processed ", error.Log);
        Assert.Contains("invalid mem access", error.Reason);
    }

    [Fact]
    public void Load_Refused_LeavesNothingOpen()
    {
        CollectionSpec spec = SpecOf("unchecked_lookup");
        CollectionFixture.AssertNoDescriptorStays(
            kernel => Assert.Throws<VerifierException>(() => BpfCollection.Load(spec, null, kernel)));
    }

    [Fact]
    public void Load_LogAskedFor_IsThereAlsoWhenTheProgramIsAccepted()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        using BpfCollection collection = BpfCollection.Load(
            spec, new CollectionOptions { LogLevel = VerifierLogLevel.Instructions | VerifierLogLevel.Branches });

        Assert.Contains("processed ", collection.Programs["count_packets"].VerifierLog);
    }

    private static VerifierException Refused(string program) =>
        Assert.Throws<VerifierException>(() => BpfCollection.Load(SpecOf(program)));

    private static CollectionSpec SpecOf(string program)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("rejected"));
        spec.Programs[program].AutoLoad = true;
        return spec;
    }
}
