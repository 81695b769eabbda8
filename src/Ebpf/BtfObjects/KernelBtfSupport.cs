using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Btf.Building;
using Ebpf.Linux;
using Ebpf.Tokens;

namespace Ebpf.BtfObjects;

/// <summary>Finds out which kinds of type the kernel's BTF has, by loading one of each.</summary>
internal sealed class KernelBtfSupport
{
    private static readonly PerKernel<KernelBtfSupport> Known = new(static _ => new KernelBtfSupport());

    private const int IntId = 1, VariableId = 2;

    private const uint KindFlag = 1u << 31;

    // An int of 32 bits, signed; its name is at 1 in the strings of every probe.
    private static readonly uint[] Int = [1, Info(BtfKind.Int), 4, (1 << 24) | 32];

    // An anonymous variable of that type would be refused: this one is called as the int is.
    private static readonly uint[] GlobalVariable = [1, Info(BtfKind.Variable), IntId, 1];

    private static readonly (BtfKernelSupport Feature, uint[] Types, string SectionName)[] Probes =
    [
        (BtfKernelSupport.Function, [.. Int, .. Prototype(), 1, Info(BtfKind.Function), 2], ""),
        (BtfKernelSupport.GlobalFunction, [.. Int, .. Prototype(), 1, Info(BtfKind.Function, 1), 2], ""),
        (BtfKernelSupport.DataSection, [.. Int, .. GlobalVariable, .. DataSection()], ".data"),
        (BtfKernelSupport.QuestionMarkDataSection, [.. Int, .. GlobalVariable, .. DataSection()], "?.data"),
        (BtfKernelSupport.Float, [1, Info(BtfKind.Float), 4], ""),
        (BtfKernelSupport.DeclTag, [.. Int, .. GlobalVariable, 1, Info(BtfKind.DeclTag), VariableId, uint.MaxValue], ""),
        (BtfKernelSupport.TypeTag, [.. Int, 1, Info(BtfKind.TypeTag), IntId, 0, Info(BtfKind.Pointer), 2], ""),
        (BtfKernelSupport.AttributeTag, [.. Int, 1, Info(BtfKind.TypeTag) | KindFlag, IntId, 0, Info(BtfKind.Pointer), 2], ""),
        (BtfKernelSupport.Enum64, [1, Info(BtfKind.Enum64), 8], ""),
    ];

    /// <summary>A <see cref="BtfKernelSupport"/>; -1 while it is not known. Written in one piece, whoever reads it meanwhile.</summary>
    private int _certain = -1;

    private KernelBtfSupport()
    {
    }

    /// <summary>
    /// Which kinds of type the kernel's BTF has. Asking costs some system calls the first time: only a failure is worth it.
    /// </summary>
    public static BtfKernelSupport Of(LinuxKernel kernel)
    {
        KernelBtfSupport own = Known.Of(kernel);
        if (Volatile.Read(ref own._certain) is >= 0 and var known) return (BtfKernelSupport)known;
        BtfKernelSupport support = Probe(kernel, out bool isCertain);
        if (isCertain) Volatile.Write(ref own._certain, (int)support);
        return support;
    }

    /// <summary>Loads one type of each kind.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="isCertain">Whether the kernel answered every question, so that the answer can be kept.</param>
    /// <returns>What the kernel has; what cannot be told is taken to be there, so that its own error is seen.</returns>
    public static BtfKernelSupport Probe(LinuxKernel kernel, out bool isCertain)
    {
        // Nobody needs the layout that Linux 7.1 brought, so nobody has to ask for it.
        BtfKernelSupport support = BtfKernelSupport.All & ~BtfKernelSupport.Layout;
        isCertain = true;
        foreach ((BtfKernelSupport feature, uint[] types, string sectionName) in Probes)
        {
            kernel.LoadBtf(Encode(types, sectionName), out Errno error, TokenSearch.Of(kernel).Find()?.Handle)?.Dispose();
            if (error == Errno.EINVAL) support &= ~feature;
            else if (error != Errno.None) isCertain = false;
        }

        return support;
    }

    /// <summary>BTF that has nothing but an int of 32 bits, as type 1.</summary>
    public static byte[] EncodeInt() => Encode(Int, "");

    private static uint Info(BtfKind kind, uint count = 0) => ((uint)kind << 24) | count;

    /// <summary>A prototype that takes an int and returns nothing.</summary>
    private static uint[] Prototype() => [0, Info(BtfKind.FunctionPrototype, 1), 0, 1, IntId];

    /// <summary>A section that holds the variable; its name is at 3 in the strings.</summary>
    private static uint[] DataSection() => [3, Info(BtfKind.DataSection, 1), 4, VariableId, 0, 4];

    private static byte[] Encode(uint[] types, string sectionName)
    {
        const ushort magic = 0xeb9f;
        const int header = 24;
        byte[] strings = [0, (byte)'x', 0, .. System.Text.Encoding.ASCII.GetBytes(sectionName), 0];
        uint typeSize = (uint)types.Length * sizeof(uint);
        uint versionAndMagic = BitConverter.IsLittleEndian ? (1u << 16) | magic : ((uint)magic << 16) | (1u << 8);
        ReadOnlySpan<uint> fields = [versionAndMagic, header, 0, typeSize, typeSize, (uint)strings.Length];
        return [.. MemoryMarshal.AsBytes(fields), .. MemoryMarshal.AsBytes<uint>(types), .. strings];
    }
}
