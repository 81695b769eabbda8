namespace Ebpf.Tests.Walls.Upper;

public static class Visible
{
    public static int Answer => 42;
}

internal enum Kind
{
    Only,
}
