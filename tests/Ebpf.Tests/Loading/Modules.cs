using Ebpf.Btf;

namespace Ebpf.Tests.Loading;

/// <summary>The modules of the running kernel.</summary>
internal static class Modules
{
    /// <summary>A function of a loaded module that the kernel itself does not have, and that fentry takes.</summary>
    public static (string Module, string Function)? TraceableFunction()
    {
        CollectionSpec spec = One.Spec("attach_targets", "on_any");
        foreach (string module in KernelBtf.ListModules())
        {
            BtfSpec types = KernelBtf.GetModule(module);
            foreach (FunctionType function in types.All.OfType<FunctionType>().Where(type => type.Owner == types).Take(20))
            {
                if (KernelBtf.GetTypes().TryGet(function.Name, out FunctionType? _)) continue;
                spec.Programs["on_any"].AttachTo = $"{module}:{function.Name}";
                try
                {
                    BpfCollection.Load(spec).Dispose();
                    return (module, function.Name);
                }
                catch (BpfException)
                {
                    // One that is gone after the start, or has too many parameters.
                }
            }
        }

        return null;
    }
}
