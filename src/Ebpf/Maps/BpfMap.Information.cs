using System.Globalization;
using Ebpf.Btf;
using Ebpf.Errors;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <content>What the kernel knows about the map.</content>
public sealed unsafe partial class BpfMap
{
    /// <summary>The size of what <see cref="ComputeHash"/> gives: SHA-256.</summary>
    private const int HashSize = 32;

    /// <summary>Returns what the kernel knows about the map at this moment.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public MapInfo GetInfo()
    {
        KernelMapInfo info = ReadInfo();
        Dictionary<string, string> more = StatusFile.Fields(Kernel, Handle);
        return new MapInfo
        {
            Type = info.Type,
            Id = info.Id,
            Name = info.Name.ToString(),
            KeySize = (int)info.KeySize,
            ValueSize = (int)info.ValueSize,
            MaxEntries = info.MaxEntries,
            Flags = info.Flags,
            Extra = info.Extra,
            InterfaceIndex = (int)info.InterfaceIndex,
            NetNamespaceDevice = info.NetNamespaceDevice,
            NetNamespaceInode = info.NetNamespaceInode,
            BtfId = info.BtfId,
            KeyTypeId = new BtfTypeId(info.KeyTypeId),
            ValueTypeId = new BtfTypeId(info.ValueTypeId),
            KernelValueTypeId = new BtfTypeId(info.KernelValueTypeId),
            KernelBtfId = info.KernelBtfId,
            MemorySize = Number("memlock"),
            IsFrozen = Number("frozen") is { } frozen ? frozen != 0 : null,
            OwnerProgramType = Number("owner_prog_type") is { } owner ? (ProgramType)owner : null,
            OwnerIsJited = Number("owner_jited") is { } jited ? jited != 0 : null,
        };

        long? Number(string name) =>
            long.TryParse(more.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                ? number
                : null;
    }

    /// <summary>
    /// Computes the SHA-256 of the contents of an array, all elements one after the other as they lie in its memory, in the
    /// kernel. Since Linux 6.18; for frozen maps of type <see cref="MapType.Array"/> only.
    /// </summary>
    /// <returns>32 bytes.</returns>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old.</exception>
    /// <exception cref="BpfException">The map is of another type or not frozen, or the kernel refused.</exception>
    public byte[] ComputeHash()
    {
        string operation = $"Compute the hash of map \"{Name}\"";
        byte[] hash = new byte[HashSize];
        fixed (byte* pointer = hash)
        {
            KernelMapInfo info = new() { Hash = pointer, HashSize = HashSize };
            Errno error = Kernel.GetInfo(Handle, ref info);
            if (error == Errno.None) return hash;

            // What an older kernel does not know must be zero.
            if (error == Errno.E2BIG)
                throw new FeatureNotSupportedException(operation, "hashes of maps", MapVersions.Hashes, error);
            string? advice = error switch
            {
                Errno.EINVAL => $"the kernel has no hash of {Type} maps",
                Errno.EPERM when GetInfo().IsFrozen == false => "only of a frozen map: freeze it first",
                _ => null,
            };
            throw Refusal.Explain(Kernel, operation, error, Privileges.Bpf, advice);
        }
    }

    /// <summary>What the kernel knows about the map, as it tells it.</summary>
    private KernelMapInfo ReadInfo()
    {
        KernelMapInfo info = default;
        Errno error = Kernel.GetInfo(Handle, ref info);
        return error == Errno.None
            ? info
            : throw Refusal.Explain(Kernel, $"Ask about map \"{Name}\"", error, Privileges.Bpf);
    }
}
