namespace Ebpf.Conformance;

/// <summary>Judges differences by those that are known.</summary>
/// <param name="exceptions">The differences that are known.</param>
internal sealed class Judgement(ExceptionList exceptions)
{
    private readonly List<string> _objects = [];
    private readonly List<Difference> _unexplained = [];

    /// <summary>The version of libbpf: <c>1.7</c>.</summary>
    public Version Libbpf { get; private set; } = new(0, 0);

    /// <summary>The differences that nothing explains.</summary>
    public IReadOnlyList<Difference> Unexplained => _unexplained;

    /// <summary>Those that something explains.</summary>
    public int Explained { get; private set; }

    /// <summary>All that are known.</summary>
    public ExceptionList Exceptions => exceptions;

    /// <summary>The known differences that this run should have found and did not.</summary>
    /// <param name="isWhole">Whether the run had every object; otherwise those count that name one of its objects.</param>
    public IEnumerable<KnownDifference> Dead(bool isWhole) => exceptions.All.Where(
        known => known.Found == 0
            && known.AppliesTo(Libbpf)
            && (isWhole || (!known.IsAboutAge && _objects.Exists(known.MatchesObject))));

    /// <summary>Notes the version of libbpf, as it says it itself: <c>v1.7</c>.</summary>
    public void SetLibbpf(string version) => Libbpf = Version.Parse(version.TrimStart('v'));

    /// <summary>Judges what was found in one object.</summary>
    public void Judge(string name, IEnumerable<Difference> differences)
    {
        _objects.Add(name);
        foreach (Difference difference in differences)
        {
            if (exceptions.Explains(difference, Libbpf)) Explained++;
            else _unexplained.Add(difference);
        }
    }
}
