using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>Asks whether the verifier sees that a parameter is marked as the context (<c>__arg_ctx</c>).</summary>
internal sealed class ContextTagProbe(LinuxKernel kernel, ProgramProbe programs)
{
    /// <summary>Loads a program with a function that takes an untyped pointer, and uses it as only a context can be used.</summary>
    public Finding Find()
    {
        BtfBuilder types = new();
        BtfTypeId number = types.AddInt("int", sizeof(int), IntEncoding.Signed);
        BtfTypeId prototype = types.AddFunctionPrototype(number).Add("ctx", types.AddPointer(BtfTypeId.Void)).Id;
        BtfTypeId program = types.AddFunction("program", prototype, FunctionLinkage.Global);
        BtfTypeId function = types.AddFunction("function", prototype, FunctionLinkage.Global);
        types.AddDeclTag("arg:ctx", function, 0);
        using BpfHandle? loaded = kernel.ProbeBtf(types.Build().EncodeForKernel(), out Errno error);

        // A kernel without such marks in its BTF does not see them.
        if (loaded is null) return error == Errno.EINVAL ? Finding.Missing : Finding.Unknown(kernel, error, Privileges.Bpf);
        return programs.Accepts(
            [Instruction.CallFunction(1), Instruction.Exit(), Instruction.Call(Helper.GetFuncIp), Instruction.Exit()],
            ProgramType.Kprobe,
            loaded,
            functions: [0, program.Value, 2, function.Value]);
    }
}
