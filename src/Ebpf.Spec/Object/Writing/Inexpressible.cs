namespace Ebpf.Object.Writing;

/// <summary>The errors for what a spec says and no object can.</summary>
internal static class Inexpressible
{
    public static BpfException Map(string name, string problem) => new($"Write map \"{name}\": {problem}");

    public static BpfException Program(string name, string problem) => new($"Write program \"{name}\": {problem}");

    public static BpfException Types(string problem) => new($"Write BTF: {problem}");

    /// <summary>Refuses a variable that is not in its section, as BTF that no compiler wrote can say.</summary>
    public static void CheckInside(string section, uint sectionSize, string variable, uint offset, uint size)
    {
        if ((ulong)offset + size > sectionSize)
            throw Types($"variable \"{variable}\" at {offset} lies outside of section \"{section}\" of {sectionSize} bytes");
    }

    /// <summary>Refuses a map that the table knows under another name than it has itself.</summary>
    public static void CheckName(string name, string own, Func<string, string, BpfException> refuse)
    {
        if (own.Length > 0 && own != name)
            throw refuse(name, $"its spec is called \"{own}\": rename it by the collection, so that all that refers to it follows");
    }
}
