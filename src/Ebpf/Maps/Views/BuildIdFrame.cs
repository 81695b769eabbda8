using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Ebpf;

/// <summary>What the kernel found out about one frame of a user-space stack.</summary>
public enum BuildIdFrameStatus
{
    /// <summary>There is no frame (<c>BPF_STACK_BUILD_ID_EMPTY</c>).</summary>
    Empty = 0,

    /// <summary>The build id of the file, and the offset in it (<c>BPF_STACK_BUILD_ID_VALID</c>).</summary>
    Valid = 1,

    /// <summary>Only the address: the file has no build id, or it could not be read (<c>BPF_STACK_BUILD_ID_IP</c>).</summary>
    InstructionPointer = 2,
}

/// <summary>
/// One frame of a user-space stack, as a place in a file (<c>struct bpf_stack_build_id</c>): it can be turned into a name
/// when the process is gone.
/// </summary>
public readonly struct BuildIdFrame
{
    private readonly BuildIdFrameStatus _status;
    private readonly BuildIdBytes _buildId;
    private readonly ulong _place;

    /// <summary>Makes a frame, as the kernel would.</summary>
    /// <param name="status">What is known.</param>
    /// <param name="buildId">The build id of the file, of 20 bytes at the most.</param>
    /// <param name="place">The offset in the file, or the address of the instruction.</param>
    /// <exception cref="ArgumentException">The build id is longer.</exception>
    public BuildIdFrame(BuildIdFrameStatus status, ReadOnlySpan<byte> buildId, ulong place)
    {
        _status = status;
        buildId.CopyTo(_buildId);
        _place = place;
    }

    /// <summary>What is known.</summary>
    public BuildIdFrameStatus Status => _status;

    /// <summary>The build id of the file, filled up with zeros to 20 bytes, if the status is <c>Valid</c>.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> BuildId => _buildId;

    /// <summary>Where the instruction is in the file, in bytes, if the status is <c>Valid</c>; else 0.</summary>
    public ulong Offset => Status == BuildIdFrameStatus.Valid ? _place : 0;

    /// <summary>The address of the instruction, if the status is <c>InstructionPointer</c>; else 0.</summary>
    public ulong InstructionPointer => Status == BuildIdFrameStatus.InstructionPointer ? _place : 0;

    [InlineArray(20)]
    private struct BuildIdBytes
    {
        private byte _first;
    }
}
