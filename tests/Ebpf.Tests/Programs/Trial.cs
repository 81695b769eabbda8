using Ebpf.Linux;
using Ebpf.TestData;

namespace Ebpf.Tests.Programs;

/// <summary>A collection of which one program is loaded: of the object with one of each kind.</summary>
internal static class Trial
{
    public static BpfCollection Load(string program, LinuxKernel? kernel = null)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("trial"));
        spec.Programs[program].AutoLoad = true;
        return BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel ?? RunningKernel.Instance });
    }
}
