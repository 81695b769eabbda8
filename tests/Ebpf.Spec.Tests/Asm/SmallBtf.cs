using System.Buffers.Binary;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Asm;

/// <summary>The smallest BTF that has a function: <c>void f(void)</c>.</summary>
internal static class SmallBtf
{
    private static readonly uint[] Words =
    [
        0x0001_eb9f, 24, 0, 24, 24, 3, // header: magic and version, its length, types, strings
        0, 13u << 24, 0, // 1: the prototype
        1, 12u << 24, 1, // 2: the function
    ];

    public static BtfSpec Spec { get; } = BtfSpec.Parse(Bytes());

    /// <summary>The function.</summary>
    public static FunctionType Function => Spec.Get<FunctionType>("f");

    private static byte[] Bytes()
    {
        byte[] bytes = new byte[(Words.Length * sizeof(uint)) + 3];
        for (int i = 0; i < Words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), Words[i]);
        }

        bytes[^2] = (byte)'f';
        return bytes;
    }
}
