using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Ebpf.ResourceLimits;

namespace Ebpf.Tests.Maps;

/// <summary>Maps for tests.</summary>
internal static class Make
{
    /// <summary>
    /// Kernels before 5.11 count locked memory: for real once, since kernels that are made to fail have limits of their own.
    /// </summary>
    static Make() => LockedMemoryLimit.TryRaise(RunningKernel.Instance);

    public static MapSpec Spec(
        MapType type, uint keySize = 4, uint valueSize = 8, uint maxEntries = 64, MapFlags flags = MapFlags.None) => new()
        {
            Name = "test",
            Type = type,
            KeySize = keySize,
            ValueSize = valueSize,
            MaxEntries = maxEntries,
            Flags = flags,
        };

    public static BpfMap Map(
        MapType type, uint keySize = 4, uint valueSize = 8, uint maxEntries = 64, MapFlags flags = MapFlags.None) =>
        BpfMap.Create(Spec(type, keySize, valueSize, maxEntries, flags));

    /// <summary>A program that does nothing.</summary>
    public static unsafe BpfHandle Program(LinuxKernel kernel, ProgramType type = ProgramType.SocketFilter)
    {
        ulong[] code = [0xb7, 0x95];
        fixed (ulong* instructions = code)
        fixed (byte* license = "GPL\0"u8)
        {
            ProgramLoadAttr attr = new()
            {
                Type = type,
                Instructions = instructions,
                InstructionCount = (uint)code.Length,
                License = license,
            };
            return kernel.LoadProgram(ref attr, out Errno error) ?? throw new BpfException("Load a program", error);
        }
    }

    public static BpfMap Map(LinuxKernel kernel, MapSpec spec, MapCreateOptions? options = null) =>
        MapCreation.Create(kernel, spec, options ?? MapCreateOptions.None);
}
