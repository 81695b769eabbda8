namespace Ebpf.Tests.Loading;

/// <summary>A file that stands in the place of <c>/proc/kallsyms</c>.</summary>
internal sealed class SymbolFile : IDisposable
{
    public SymbolFile(string text) => File.WriteAllText(Path, text);

    public string Path { get; } = System.IO.Path.GetTempFileName();

    public void Dispose() => File.Delete(Path);
}
