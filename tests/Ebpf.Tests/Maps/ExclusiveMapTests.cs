using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Ebpf.Linux;

namespace Ebpf.Tests.Maps;

public sealed class ExclusiveMapTests
{
    [Fact]
    public void Create_ExclusiveProgramHash_LetsOnlyThatProgramUseTheMap()
    {
        Requires.Kernel(6, 18, "exclusive programs");
        MapSpec spec = Make.Spec(MapType.Array);
        spec.ExclusiveProgramHash = SHA256.HashData(Code(descriptor: 0, result: 0));
        using BpfMap map = BpfMap.Create(spec);

        Assert.Equal(Errno.None, Load(map, result: 0));
        Assert.Equal(Errno.EACCES, Load(map, result: 1));
    }

    /// <summary>Loads the map's address, and returns a number.</summary>
    private static byte[] Code(int descriptor, byte result)
    {
        ulong[] code = [0x1118 | ((ulong)(uint)descriptor << 32), 0, 0xb7 | ((ulong)result << 32), 0x95];
        return MemoryMarshal.AsBytes<ulong>(code).ToArray();
    }

    private static unsafe Errno Load(BpfMap map, byte result)
    {
        using BorrowedDescriptor borrowed = map.Handle.Borrow();
        fixed (byte* code = Code(borrowed.Descriptor, result), license = "GPL\0"u8)
        {
            ProgramLoadAttr attr = new()
            {
                Type = ProgramType.SocketFilter,
                Instructions = code,
                InstructionCount = 4,
                License = license,
            };
            RunningKernel.Instance.LoadProgram(ref attr, out Errno error)?.Dispose();
            return error;
        }
    }
}
