using System.Text;

namespace Ebpf.Linux;

/// <content>What objects of all kinds have: ids, information, pins; BTF, tokens, statistics.</content>
internal static unsafe partial class BpfCalls
{
    /// <summary>The id after an id, among the objects of one kind; ENOENT after the last.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="command">One of the <c>GetNextId</c> commands.</param>
    /// <param name="id">The id after which to look; 0 for the first. Becomes the next one.</param>
    public static Errno GetNextId(this LinuxKernel kernel, BpfCommand command, ref uint id)
    {
        ObjectIdAttr attr = new() { Id = id };
        CallResult result = kernel.Bpf(command, ref attr);
        if (!result.Failed) id = attr.NextId;
        return result.Error;
    }

    /// <summary>Opens an object by its id, with one of the <c>GetById</c> commands.</summary>
    public static BpfHandle? OpenById(
        this LinuxKernel kernel, BpfCommand command, uint id, out Errno error, ObjectPathFlags flags = ObjectPathFlags.None,
        BpfHandle? token = null)
    {
        using BorrowedDescriptor borrowed = token.Borrow();
        ObjectIdAttr attr = new()
        {
            Id = id,
            OpenFlags = token is null ? flags : flags | ObjectPathFlags.Token,
            Token = borrowed.Descriptor,
        };
        return BpfHandle.Take(kernel, kernel.Bpf(command, ref attr), out error);
    }

    /// <summary>
    /// Asks for information. <paramref name="info"/> may hold pointers to buffers that the kernel is to fill; what an
    /// older kernel does not know stays as it is.
    /// </summary>
    public static Errno GetInfo<T>(this LinuxKernel kernel, BpfHandle handle, ref T info)
        where T : unmanaged =>
        kernel.GetInfo(handle, ref info, out _);

    /// <inheritdoc cref="GetInfo{T}(LinuxKernel, BpfHandle, ref T)"/>
    /// <param name="kernel">The kernel.</param>
    /// <param name="handle">The object.</param>
    /// <param name="info">The structure of its kind.</param>
    /// <param name="known">How many bytes of it the kernel knows and has filled.</param>
    public static Errno GetInfo<T>(this LinuxKernel kernel, BpfHandle handle, ref T info, out int known)
        where T : unmanaged
    {
        using BorrowedDescriptor borrowed = handle.Borrow();
        fixed (T* pointer = &info)
        {
            ObjectInfoAttr attr = new() { Object = borrowed.Descriptor, InfoSize = (uint)sizeof(T), Info = pointer };
            Errno error = kernel.Bpf(BpfCommand.ObjectGetInfo, ref attr).Error;
            known = error == Errno.None ? (int)attr.InfoSize : 0;
            return error;
        }
    }

    public static Errno PinObject(this LinuxKernel kernel, BpfHandle handle, string path)
    {
        using BorrowedDescriptor borrowed = handle.Borrow();
        fixed (byte* pointer = PathText.Encode(path))
        {
            ObjectPathAttr attr = new() { Path = pointer, Object = borrowed.Descriptor };
            return kernel.Bpf(BpfCommand.ObjectPin, ref attr).Error;
        }
    }

    public static BpfHandle? OpenPinned(this LinuxKernel kernel, string path, ObjectPathFlags flags, out Errno error)
    {
        fixed (byte* pointer = PathText.Encode(path))
        {
            ObjectPathAttr attr = new() { Path = pointer, Flags = flags };
            return BpfHandle.Take(kernel, kernel.Bpf(BpfCommand.ObjectGet, ref attr), out error);
        }
    }

    public static BpfHandle? LoadBtf(this LinuxKernel kernel, ref BtfLoadAttr attr, out Errno error) =>
        BpfHandle.Take(kernel, kernel.Bpf(BpfCommand.BtfLoad, ref attr), out error);

    /// <summary>Loads BTF without asking for a log.</summary>
    public static BpfHandle? LoadBtf(this LinuxKernel kernel, ReadOnlySpan<byte> data, out Errno error, BpfHandle? token = null)
    {
        using BorrowedDescriptor borrowed = token.Borrow();
        fixed (byte* pointer = data)
        {
            BtfLoadAttr attr = new() { Data = pointer, Size = (uint)data.Length };
            attr.Use(in borrowed);
            return kernel.LoadBtf(ref attr, out error);
        }
    }

    /// <summary>Counts and times the runs of all programs, until the handle is closed.</summary>
    public static BpfHandle? EnableStats(this LinuxKernel kernel, out Errno error)
    {
        EnableStatsAttr attr = default;
        return BpfHandle.Take(kernel, kernel.Bpf(BpfCommand.EnableStats, ref attr), out error);
    }

    public static BpfHandle? CreateToken(this LinuxKernel kernel, BpfHandle fileSystem, out Errno error)
    {
        using BorrowedDescriptor borrowed = fileSystem.Borrow();
        TokenCreateAttr attr = new() { FileSystem = borrowed.Descriptor };
        return BpfHandle.Take(kernel, kernel.Bpf(BpfCommand.TokenCreate, ref attr), out error);
    }
}
