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

    /// <summary>As <see cref="Load"/>; skips the test on a kernel without trampolines, to which tracing programs are attached.</summary>
    public static BpfCollection LoadOrSkip(string program, LinuxKernel? kernel = null)
    {
        try
        {
            return Load(program, kernel);
        }
        catch (BpfException error) when (error.Errno is Errno.EPERM or Errno.ENOTSUPP or Errno.EBUSY or Errno.ENOSYS)
        {
            Assert.Skip($"this kernel has no trampolines: {error.Message}");
            throw;
        }
    }
}
