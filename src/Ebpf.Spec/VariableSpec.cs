using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Btf.Values;
using Ebpf.Common;

namespace Ebpf;

/// <summary>A global variable of the object: what is in it before the program runs.</summary>
/// <remarks>Not safe for use by several threads at once.</remarks>
public sealed class VariableSpec
{
    internal VariableSpec(string name, MapSpec map, uint offset, uint size, VariableType? type, ByteOrder byteOrder)
    {
        Name = name;
        Map = map;
        Offset = offset;
        Size = size;
        Variable = type;
        ByteOrder = byteOrder;
    }

    /// <summary>The name in the source.</summary>
    public string Name { get; }

    /// <summary>The section that holds the variable, and the name of its map: <c>.rodata</c>, <c>.data</c>, <c>.bss</c>.</summary>
    public string Section => Map.DataSection!;

    /// <summary>Where the variable begins in the section, in bytes.</summary>
    public uint Offset { get; }

    /// <summary>The size in bytes.</summary>
    public uint Size { get; }

    /// <summary>The order of the bytes of a number in the variable.</summary>
    public ByteOrder ByteOrder { get; }

    /// <summary>Whether programs cannot change the variable, so that the verifier counts on its value.</summary>
    public bool IsConstant => Map.Freeze;

    /// <summary>The type of the variable; <c>null</c> for an object without BTF.</summary>
    public BtfType? Type => Variable?.Type;

    internal VariableType? Variable { get; }

    internal MapSpec Map { get; }

    /// <summary>Sets the value.</summary>
    /// <typeparam name="T">
    /// A type of exactly <see cref="Size"/> bytes, laid out as the compiler does. In an object of the other byte order than
    /// this machine's the numbers in it are turned round one by one, as BTF tells where they are.
    /// </typeparam>
    /// <param name="value">The value, in this machine's byte order.</param>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> has another size than the variable.</exception>
    /// <exception cref="NotSupportedException">
    /// The byte order differs, and the numbers cannot be told apart: no BTF, a union, a bit field.
    /// </exception>
    public void Set<T>(T value)
        where T : unmanaged
    {
        CheckSize<T>();
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref value));
        if (ByteOrder.NeedsSwap()) Reverse<T>(bytes);
        Write(bytes);
    }

    /// <summary>Gets the value.</summary>
    /// <typeparam name="T">A type of exactly <see cref="Size"/> bytes; see <see cref="Set"/>.</typeparam>
    /// <returns>The value, in this machine's byte order.</returns>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> has another size than the variable.</exception>
    /// <exception cref="NotSupportedException">
    /// The byte order differs, and the numbers cannot be told apart: no BTF, a union, a bit field.
    /// </exception>
    public T Get<T>()
        where T : unmanaged
    {
        CheckSize<T>();
        T value = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref value));
        Read(bytes);
        if (ByteOrder.NeedsSwap()) Reverse<T>(bytes);
        return value;
    }

    /// <summary>Sets the value from bytes in the byte order of the object, laid out as the compiler does.</summary>
    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException">There are more or fewer bytes.</exception>
    public void Set(ReadOnlySpan<byte> bytes) => Write(bytes);

    /// <summary>Copies the value, in the byte order of the object.</summary>
    public byte[] ToArray()
    {
        byte[] copy = new byte[Size];
        Read(copy);
        return copy;
    }

    /// <summary>The declaration, with its section: <c>unsigned int sample_rate (.rodata)</c>.</summary>
    public override string ToString() => $"{Type?.ToString() ?? $"{Size} bytes"} {Name} ({Section})";

    internal VariableSpec CloneInto(MapSpec map) => new(Name, map, Offset, Size, Variable, ByteOrder);

    /// <summary>Copies the value; a section without one of its own is zero, as what is read into is.</summary>
    private void Read(Span<byte> zeroed)
    {
        ReadOnlySpan<byte> section = Map.InitialValue.Span;
        if (!section.IsEmpty) section.Slice((int)Offset, (int)Size).CopyTo(zeroed);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"Variable \"{Name}\" has {Size} bytes, the value {bytes.Length}.", nameof(bytes));
        bytes.CopyTo(Map.WritableInitialValue().Slice((int)Offset, (int)Size));
    }

    private void CheckSize<T>()
    {
        if (Unsafe.SizeOf<T>() != Size)
        {
            throw new ArgumentException(
                $"Variable \"{Name}\" ({Type?.ToString() ?? "type unknown"}) has {Size} bytes, {typeof(T)} {Unsafe.SizeOf<T>()}.");
        }
    }

    private void Reverse<T>(Span<byte> bytes)
    {
        if (typeof(T).IsPrimitive || typeof(T).IsEnum) bytes.Reverse();
        else if (Type is null || !ScalarReversal.TryReverse(Type, bytes)) ThrowCannotReverse();
    }

    private void ThrowCannotReverse() => throw new NotSupportedException(
        $"Variable \"{Name}\": the object is {ByteOrder}, this machine is not, and the numbers in {Type?.ToString() ?? "a value of unknown type"} "
        + "cannot be told apart (BTF, no unions, no bit fields): set its bytes with Set(ReadOnlySpan<byte>).");
}
