using Ebpf.Kernel;
using Ebpf.Links;
using Ebpf.Linux;

namespace Ebpf.Tests.Links.Core;

public sealed class LadderTests
{
    private static readonly Ladder<Errno[]> Ways = new(
        new("new", (Errno[] errors, out Errno error) => Attempt(errors[0], out error), Judge),
        new("old", (Errno[] errors, out Errno error) => Attempt(errors[1], out error), Judge),
        new("oldest", (Errno[] errors, out Errno error) => Attempt(errors[2], out error), Judge));

    [Theory]
    [InlineData(Errno.None, Errno.EFAULT, Errno.EFAULT)]
    [InlineData(Errno.EINVAL, Errno.None, Errno.EFAULT)]
    [InlineData(Errno.EINVAL, Errno.EINVAL, Errno.None)]
    public void Climb_WayThatWorks_IsTheLastThatIsTried(params Errno[] errors) => Assert.NotNull(Climb(errors));

    [Fact]
    public void Climb_ErrorThatIsFinal_TriesNoMore()
    {
        BpfException error = Assert.Throws<BpfException>(() => Climb(Errno.EBUSY, Errno.None, Errno.None));

        Assert.Equal("Attach it: EBUSY: another is there", error.Message);
    }

    [Fact]
    public void Climb_NoWayWorks_TellsOfEach()
    {
        BpfException error = Assert.Throws<BpfException>(() => Climb(Errno.EINVAL, Errno.EINVAL, Errno.EINVAL));

        Assert.Equal("Attach it: EINVAL: before, the kernel refused other ways: new: EINVAL, old: EINVAL", error.Message);
    }

    [Fact]
    public void Climb_ErrorAfterOthers_TellsOfThem()
    {
        BpfException error = Assert.Throws<BpfException>(() => Climb(Errno.EINVAL, Errno.EBUSY, Errno.EINVAL));

        Assert.Equal("Attach it: EBUSY: another is there (before, the kernel refused other ways: new: EINVAL)", error.Message);
    }

    [Fact]
    public void Climb_KernelLacksSomething_SaysSinceWhen()
    {
        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(() => Climb(Errno.E2BIG, Errno.None, Errno.None));

        Assert.Equal(("cookies", new Version(5, 15)), (error.Feature, error.Since));
    }

    private static Attachment Climb(params Errno[] errors) => Ways.Climb(RunningKernel.Instance, errors, "it", Privileges.None);

    private static Nothing? Attempt(Errno answer, out Errno error)
    {
        error = answer;
        return answer == Errno.None ? new Nothing() : null;
    }

    private static Verdict Judge(Errno[] request, Errno error) => error switch
    {
        Errno.EINVAL => Verdict.Next,
        Errno.EBUSY => Verdict.Explain("another is there"),
        Errno.E2BIG => Verdict.Lacks("cookies", new Version(5, 15)),
        _ => Verdict.Stop,
    };

    private sealed class Nothing : Attachment
    {
        public override void Close()
        {
        }

        public override bool? IsDetached() => null;
    }
}
