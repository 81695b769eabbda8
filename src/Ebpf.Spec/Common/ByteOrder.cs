namespace Ebpf;

/// <summary>Specifies the order of the bytes of a number.</summary>
public enum ByteOrder
{
    /// <summary>The least significant byte first: x86-64, arm64; clang's <c>-target bpfel</c>.</summary>
    LittleEndian,

    /// <summary>The most significant byte first: s390x; clang's <c>-target bpfeb</c>.</summary>
    BigEndian,
}
