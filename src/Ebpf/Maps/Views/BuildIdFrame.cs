using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Ebpf;

/// <summary>Specifies what is known of a frame of a user-space stack.</summary>
public enum BuildIdFrameStatus
{
    /// <summary>There is no frame (<c>BPF_STACK_BUILD_ID_EMPTY</c>).</summary>
    Empty = 0,

    /// <summary>The build id of the file and the offset in it are known (<c>BPF_STACK_BUILD_ID_VALID</c>).</summary>
    Valid = 1,

    /// <summary>
    /// Only the address is known: the file has no build id, or could not be read (<c>BPF_STACK_BUILD_ID_IP</c>).
    /// </summary>
    InstructionPointer = 2,
}

/// <summary>
/// Represents one frame of a user-space stack as a place in a file (<c>struct bpf_stack_build_id</c>), which can be resolved to a
/// name even after the process has ended.
/// </summary>
public readonly struct BuildIdFrame
{
    private readonly BuildIdFrameStatus _status;
    private readonly BuildIdBytes _buildId;
    private readonly ulong _place;

    /// <summary>Creates a frame.</summary>
    /// <param name="status">What is known.</param>
    /// <param name="buildId">The build id of the file, of at most 20 bytes.</param>
    /// <param name="place">The offset in the file, or the address of the instruction.</param>
    /// <exception cref="ArgumentException">The build id is longer than 20 bytes.</exception>
    public BuildIdFrame(BuildIdFrameStatus status, ReadOnlySpan<byte> buildId, ulong place)
    {
        _status = status;
        buildId.CopyTo(_buildId);
        _place = place;
    }

    /// <summary>Gets what is known of the frame.</summary>
    public BuildIdFrameStatus Status => _status;

    /// <summary>
    /// Gets the build id of the file, padded with zeros to 20 bytes, if the status is <see cref="BuildIdFrameStatus.Valid"/>.
    /// </summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> BuildId => _buildId;

    /// <summary>
    /// Gets the offset of the instruction in the file, in bytes, if the status is <see cref="BuildIdFrameStatus.Valid"/>;
    /// otherwise 0.
    /// </summary>
    public ulong Offset => Status == BuildIdFrameStatus.Valid ? _place : 0;

    /// <summary>
    /// Gets the address of the instruction if the status is <see cref="BuildIdFrameStatus.InstructionPointer"/>; otherwise 0.
    /// </summary>
    public ulong InstructionPointer => Status == BuildIdFrameStatus.InstructionPointer ? _place : 0;

    [InlineArray(20)]
    private struct BuildIdBytes
    {
        private byte _first;
    }
}
