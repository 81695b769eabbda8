using System.Runtime.CompilerServices;
using System.Text;

namespace Ebpf.Linux;

/// <summary>The commands of bpf(2), typed.</summary>
/// <remarks>
/// A command answers with its error, or with a handle and its error. Whoever fills in a structure borrows the
/// descriptors in it for the time of the call.
/// </remarks>
internal static unsafe partial class BpfCalls
{
    public static BpfHandle? CreateMap(this LinuxKernel kernel, ref MapCreateAttr attr, out Errno error) =>
        BpfHandle.Take(kernel, kernel.Bpf(BpfCommand.MapCreate, ref attr), out error);

    /// <summary>Makes a map, and asks the kernel to say in words what is wrong with it (Linux 7.1).</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="attr">What to make.</param>
    /// <param name="words">Filled with what the kernel wrote; empty if it wrote nothing, or is older.</param>
    /// <param name="error">The error.</param>
    public static BpfHandle? CreateMap(
        this LinuxKernel kernel, ref MapCreateAttr attr, out string words, out Errno error)
    {
        // As much as a kernel of today says about maps, several times over; what is more is cut off.
        const int room = 1024;
        byte* log = stackalloc byte[room];
        *log = 0;
        CommonAttr common = new() { Log = log, LogSize = room, LogLevel = 1 };
        fixed (MapCreateAttr* pointer = &attr)
        {
            CallResult result = kernel.Bpf(BpfCommand.MapCreate, pointer, sizeof(MapCreateAttr), &common);
            ReadOnlySpan<byte> text = new(log, room);
            int end = text.IndexOf((byte)0);
            words = Encoding.UTF8.GetString(end < 0 ? text : text[..end]).Trim();
            return BpfHandle.Take(kernel, result, out error);
        }
    }

    public static Errno LookupElement(this LinuxKernel kernel, BpfHandle map, void* key, void* value, ulong flags) =>
        kernel.Element(BpfCommand.MapLookupElement, map, key, value, flags);

    public static Errno UpdateElement(this LinuxKernel kernel, BpfHandle map, void* key, void* value, ulong flags) =>
        kernel.Element(BpfCommand.MapUpdateElement, map, key, value, flags);

    public static Errno LookupAndDeleteElement(
        this LinuxKernel kernel, BpfHandle map, void* key, void* value, ulong flags) =>
        kernel.Element(BpfCommand.MapLookupAndDeleteElement, map, key, value, flags);

    public static Errno DeleteElement(this LinuxKernel kernel, BpfHandle map, void* key) =>
        kernel.Element(BpfCommand.MapDeleteElement, map, key, null, 0);

    /// <summary>The key after a key; the first one after <c>null</c> and after a key that is not in the map.</summary>
    public static Errno GetNextKey(this LinuxKernel kernel, BpfHandle map, void* key, void* next) =>
        kernel.Element(BpfCommand.MapGetNextKey, map, key, next, 0);

    /// <summary>Keeps user space from changing the map from now on.</summary>
    public static Errno FreezeMap(this LinuxKernel kernel, BpfHandle map) =>
        kernel.Element(BpfCommand.MapFreeze, map, null, null, 0);

    /// <summary>One of the four batch commands; <paramref name="attr"/> tells how many elements were done.</summary>
    public static Errno Batch(this LinuxKernel kernel, BpfCommand command, BpfHandle map, ref MapBatchAttr attr)
    {
        using BorrowedDescriptor borrowed = map.Borrow();
        attr.Map = borrowed.Descriptor;
        return kernel.Bpf(command, ref attr).Error;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Errno Element(
        this LinuxKernel kernel, BpfCommand command, BpfHandle map, void* key, void* value, ulong flags)
    {
        using BorrowedDescriptor borrowed = map.Borrow();
        MapElementAttr attr = new() { Map = borrowed.Descriptor, Key = key, Value = value, Flags = flags };
        return kernel.Bpf(command, &attr, sizeof(MapElementAttr)).Error;
    }
}
