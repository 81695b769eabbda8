namespace Ebpf.Tests.Walls.Lower;

internal static class InSignature
{
    public static int Count(List<Upper.Kind[]> all) => all.Count;
}
