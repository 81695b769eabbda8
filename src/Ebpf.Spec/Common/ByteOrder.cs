namespace Ebpf;

/// <summary>The order of the bytes of a multi-byte number.</summary>
public enum ByteOrder
{
    /// <summary>Least significant byte first: x86-64, arm64; clang's <c>-target bpfel</c>.</summary>
    LittleEndian,

    /// <summary>Most significant byte first: s390x; clang's <c>-target bpfeb</c>.</summary>
    BigEndian,
}
