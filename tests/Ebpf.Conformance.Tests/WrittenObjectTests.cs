using System.Diagnostics;
using Ebpf.TestData;

namespace Ebpf.Conformance.Tests;

/// <summary>What this library writes, libbpf reads as it reads what the compiler wrote.</summary>
public sealed class WrittenObjectTests(SystemLibbpf libbpf)
{
    [Fact]
    public void Describe_WrittenObjects_LibbpfFindsTheSame()
    {
        string directory = Write("written", TestObject.Names);

        // Functions that no program calls are not part of a spec, and c_types has one.
        foreach (string name in TestObject.Names.Where(name => name != "c_types"))
        {
            string file = Path.Combine(directory, name + ".bpf.o");
            if (!File.Exists(file)) continue;

            // Where two sections share a name, reading gives the second a name and BTF of its own, which libbpf does not.
            if (CollectionSpec.Load(file).Types is { } types && types.Count != BtfSpec.Load(TestObject.Path(name)).Count) continue;

            // What libbpf refuses (static functions beside programs) stands where it takes it when it is written.
            string original = Describe(TestObject.Path(name));
            if (!original.Contains("\nrefused\t", StringComparison.Ordinal)) Assert.Equal(original, Describe(file));
        }
    }

    [Fact]
    public void Compare_WrittenObjects_DifferOnlyWhereKnown()
    {
        ConformanceRun run = new(libbpf.Describe, ExceptionList.Read(Path.Combine(AppContext.BaseDirectory, "exceptions.txt")));
        Counts counts = new();

        run.Compare(Write("compared", TestObject.Names), "testdata-el", counts);

        Assert.Empty(run.Judgement.Unexplained);
        Assert.True(counts.Instructions > 300, counts.ToString());
    }

    [Fact]
    public void Link_WrittenObjects_LibbpfsLinkerTakesThem()
    {
        string directory = Write("to-link", ["counter", "data", "functions", "minimal", "tracing", "maps", "struct_ops", "ksyms"]);
        foreach (string file in Directory.EnumerateFiles(directory, "*.bpf.o").ToArray())
        {
            string linked = Path.Combine(directory, Path.GetFileNameWithoutExtension(file) + ".linked");
            SystemLibbpf.Run(libbpf.Link, linked, file);

            CollectionSpec spec = CollectionSpec.Load(file), other = CollectionSpec.Load(linked);
            Assert.Equal(spec.Programs.Keys.Order(StringComparer.Ordinal), other.Programs.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(spec.Maps.Keys.Order(StringComparer.Ordinal), other.Maps.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(spec.Variables.Keys.Order(StringComparer.Ordinal), other.Variables.Keys.Order(StringComparer.Ordinal));
        }
    }

    /// <summary>Writes those of the objects that can be read.</summary>
    private string Write(string directory, IEnumerable<string> names)
    {
        DirectoryInfo written = libbpf.CreateDirectory(directory);
        foreach (string name in names)
        {
            CollectionSpec spec;
            try
            {
                spec = CollectionSpec.Load(TestObject.Path(name));
            }
            catch (ObjectFormatException)
            {
                continue;
            }

            spec.Save(Path.Combine(written.FullName, name + ".bpf.o"));
        }

        return written.FullName;
    }

    private string Describe(string file)
    {
        using Process process = Process.Start(new ProcessStartInfo(libbpf.Describe, [file]) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text.Replace(file, "OBJECT", StringComparison.Ordinal);
    }
}
