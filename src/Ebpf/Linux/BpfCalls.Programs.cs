namespace Ebpf.Linux;

/// <content>Programs and their attaching without a link.</content>
internal static unsafe partial class BpfCalls
{
    /// <summary>Loads a program. Signals wait meanwhile.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled while signals interrupted the verifier.</exception>
    public static BpfHandle? LoadProgram(
        this LinuxKernel kernel, ref ProgramLoadAttr attr, out Errno error, CancellationToken cancellation = default) =>
        BpfHandle.Take(kernel, kernel.BpfAtLength(BpfCommand.ProgramLoad, ref attr, cancellation), out error);

    /// <summary>Runs a program; its results are in <paramref name="attr"/>. Signals wait meanwhile.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled while signals interrupted the run.</exception>
    public static Errno TestRun(
        this LinuxKernel kernel, BpfHandle program, ref ProgramTestRunAttr attr, CancellationToken cancellation = default)
    {
        using BorrowedDescriptor borrowed = program.Borrow();
        attr.Program = borrowed.Descriptor;
        return kernel.BpfAtLength(BpfCommand.ProgramTestRun, ref attr, cancellation).Error;
    }

    /// <summary>Keeps a map alive for as long as a program, which need not use it.</summary>
    public static Errno BindMap(this LinuxKernel kernel, BpfHandle program, BpfHandle map)
    {
        using BorrowedDescriptor borrowedProgram = program.Borrow();
        using BorrowedDescriptor borrowedMap = map.Borrow();
        ProgramBindMapAttr attr = new() { Program = borrowedProgram.Descriptor, Map = borrowedMap.Descriptor };
        return kernel.Bpf(BpfCommand.ProgramBindMap, ref attr).Error;
    }

    /// <summary>Says to which struct_ops map a program belongs that is none of its functions (Linux 7.0).</summary>
    public static Errno AssociateStructOps(this LinuxKernel kernel, BpfHandle program, BpfHandle map)
    {
        using BorrowedDescriptor borrowedProgram = program.Borrow();
        using BorrowedDescriptor borrowedMap = map.Borrow();
        ProgramAssociateStructOpsAttr attr = new() { Map = borrowedMap.Descriptor, Program = borrowedProgram.Descriptor };
        return kernel.Bpf(BpfCommand.ProgramAssociateStructOps, ref attr).Error;
    }

    public static Errno AttachProgram(this LinuxKernel kernel, ref ProgramAttachAttr attr) =>
        kernel.Bpf(BpfCommand.ProgramAttach, ref attr).Error;

    public static Errno DetachProgram(this LinuxKernel kernel, ref ProgramAttachAttr attr) =>
        kernel.Bpf(BpfCommand.ProgramDetach, ref attr).Error;

    /// <summary>Which programs are attached; the answer is in <paramref name="attr"/>.</summary>
    public static Errno QueryPrograms(this LinuxKernel kernel, ref ProgramQueryAttr attr) =>
        kernel.Bpf(BpfCommand.ProgramQuery, ref attr).Error;

    /// <summary>Reads what a program wrote to its standard output (1) or error (2); removes it there.</summary>
    /// <returns>How many bytes were read; 0 after an error.</returns>
    public static int ReadStream(
        this LinuxKernel kernel, BpfHandle program, uint stream, Span<byte> buffer, out Errno error)
    {
        using BorrowedDescriptor borrowed = program.Borrow();
        fixed (byte* pointer = buffer)
        {
            ProgramStreamReadAttr attr = new()
            {
                Buffer = pointer,
                BufferSize = (uint)buffer.Length,
                Stream = stream,
                Program = borrowed.Descriptor,
            };
            CallResult result = kernel.Bpf(BpfCommand.ProgramStreamRead, ref attr);
            error = result.Error;
            return result.Failed ? 0 : result.Value;
        }
    }
}
