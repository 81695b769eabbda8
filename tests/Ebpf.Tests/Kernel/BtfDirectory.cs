using Ebpf.BtfObjects;
using Ebpf.Common;
using Ebpf.Kernel;
using Ebpf.Spec.Tests.Btf;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Kernel;

/// <summary>A kernel with BTF of a few types, and modules: files of this test in the place of <c>/sys/kernel/btf</c>.</summary>
internal sealed class BtfDirectory : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("ebpf-btf-").FullName;
    private readonly BtfBlob _own = new(EndianReader.Host);

    public BtfDirectory()
    {
        uint number = _own.Int("int", 4, 1);
        _own.Struct("in_kernel", 4, ("a", number, 0));
        Write(KernelTypes.KernelName, _own.Build());
        Kernel = new FaultyKernel { Replacements = { ["/sys/kernel/btf"] = _path } };
    }

    public FaultyKernel Kernel { get; }

    public KernelTypes Types => KernelTypes.Of(Kernel);

    /// <summary>Loads a module that has one structure of its own, of a size.</summary>
    public void AddModule(string name, string structure, uint size = 8)
    {
        BtfBlob blob = new(EndianReader.Host, _own.NextId, _own.EndOfStrings);
        blob.Struct(structure, size, ("a", 1, 0));
        Write(name, blob.Build());
    }

    /// <summary>Puts any bytes into the place of a file; into a new one, as when a module is loaded anew.</summary>
    public void Write(string name, byte[] content)
    {
        // While the old file is there, the new one cannot get its number.
        string fresh = Path.Combine(_path, "." + name);
        File.WriteAllBytes(fresh, content);
        File.Move(fresh, Path.Combine(_path, name), overwrite: true);
    }

    public void Remove(string name) => File.Delete(Path.Combine(_path, name));

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
