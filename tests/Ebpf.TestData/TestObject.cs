namespace Ebpf.TestData;

/// <summary>The objects compiled from <c>tests/testdata</c>.</summary>
public static class TestObject
{
    // EBPF_TESTDATA: the same objects from another compiler.
    private static readonly string Root =
        Environment.GetEnvironmentVariable("EBPF_TESTDATA") ?? System.IO.Path.Combine(AppContext.BaseDirectory, "testdata");

    /// <summary>The path of an object.</summary>
    /// <param name="name">The name of the source without <c>.bpf.c</c>, or that of a variant: <c>counter.nobtf</c>.</param>
    /// <param name="order">The byte order for which it was compiled.</param>
    public static string Path(string name, ByteOrder order = ByteOrder.LittleEndian) =>
        System.IO.Path.Combine(Root, order == ByteOrder.LittleEndian ? "el" : "eb", name + ".bpf.o");

    /// <summary>The contents of an object.</summary>
    /// <inheritdoc cref="Path"/>
    public static byte[] Read(string name, ByteOrder order = ByteOrder.LittleEndian) =>
        File.ReadAllBytes(Path(name, order));

    /// <summary>The names of all objects, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory.EnumerateFiles(System.IO.Path.Combine(Root, "el"), "*.bpf.o")
            .Select(path => System.IO.Path.GetFileName(path)[..^".bpf.o".Length])
            .Order(StringComparer.Ordinal),
    ];
}
