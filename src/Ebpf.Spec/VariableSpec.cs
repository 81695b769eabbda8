using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Btf.Values;
using Ebpf.Common;

namespace Ebpf;

/// <summary>Describes a global variable of an object: its place, and its value before the programs run.</summary>
/// <remarks>Not safe for use by several threads at once.</remarks>
public sealed class VariableSpec
{
    private readonly BtfType? _type;

    /// <summary>Describes a variable.</summary>
    /// <param name="name">The name in the source.</param>
    /// <param name="map">
    /// The map that holds the section of the variable: one of an object, or made by <see cref="MapSpec.CreateDataSection"/>, or an
    /// arena whose <see cref="MapSpec.DataSection"/> and <see cref="MapSpec.DataSize"/> are set.
    /// </param>
    /// <param name="offset">Where the variable begins in the section, in bytes.</param>
    /// <param name="size">The size of the variable, in bytes.</param>
    /// <param name="type">
    /// Its BTF: a <see cref="VariableType"/>, or the type of its value; <c>null</c> for a variable without a type.
    /// </param>
    /// <param name="byteOrder">The byte order of its numbers, which is the collection's; <c>null</c> for this machine's.</param>
    /// <exception cref="ArgumentException">
    /// The name is empty; the map holds no variables; the variable lies outside of it.
    /// </exception>
    public VariableSpec(
        string name, MapSpec map, uint offset, uint size, BtfType? type = null, ByteOrder? byteOrder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(map);
        if (map.DataSection is null)
            throw new ArgumentException($"The map \"{map.Name}\" holds no section of global variables (DataSection).", nameof(map));
        if (offset > map.DataSize || size > map.DataSize - offset)
        {
            throw new ArgumentException(
                $"The variable \"{name}\" of {size} bytes at {offset} lies outside of section {map.DataSection}, which has {map.DataSize}.",
                nameof(offset));
        }

        Name = name;
        Map = map;
        Offset = offset;
        Size = size;
        _type = type;
        ByteOrder = byteOrder ?? EndianReader.Host;
    }

    private VariableSpec(VariableSpec other, string name, MapSpec map)
    {
        Name = name;
        Map = map;
        Offset = other.Offset;
        Size = other.Size;
        _type = other._type;
        ByteOrder = other.ByteOrder;
    }

    /// <summary>Gets the name in the source.</summary>
    public string Name { get; }

    /// <summary>Gets the map that holds the variable.</summary>
    public MapSpec Map { get; }

    /// <summary>Gets the section that holds the variable: <c>.rodata</c>, <c>.data</c>, <c>.bss</c>.</summary>
    public string Section => Map.DataSection ?? Map.Name;

    /// <summary>Gets the offset of the variable in the section, in bytes.</summary>
    public uint Offset { get; }

    /// <summary>Gets the size, in bytes.</summary>
    public uint Size { get; }

    /// <summary>Gets the byte order of a number in the variable.</summary>
    public ByteOrder ByteOrder { get; }

    /// <summary>Gets whether programs cannot change the variable, so that the verifier can rely on its value.</summary>
    public bool IsConstant => Map.Freeze;

    /// <summary>Gets the type of the value; <c>null</c> for an object without BTF.</summary>
    public BtfType? Type => _type is VariableType variable ? variable.Type : _type;

    /// <summary>The BTF of the variable itself; <c>null</c> without one.</summary>
    internal VariableType? Variable => _type as VariableType;

    /// <summary>Sets the value.</summary>
    /// <typeparam name="T">
    /// A type of exactly <see cref="Size"/> bytes, laid out as the compiler does. In an object whose byte order is not this
    /// machine's, the numbers in the variable are reversed one by one: BTF tells where they are. Without BTF the whole value is
    /// reversed, if <typeparamref name="T"/> is a number.
    /// </typeparam>
    /// <param name="value">The value, in this machine's byte order.</param>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> has another size than the variable.</exception>
    /// <exception cref="InvalidOperationException">The section was made so small that the variable lies outside of it.</exception>
    /// <exception cref="NotSupportedException">
    /// The byte order differs, and the numbers cannot be told apart: a union, a bit field, a struct without BTF.
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
    /// <exception cref="InvalidOperationException">The section was made so small that the variable lies outside of it.</exception>
    /// <exception cref="NotSupportedException">
    /// The byte order differs, and the numbers cannot be told apart: a union, a bit field, a struct without BTF.
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

    /// <summary>Returns a copy of the value, in the byte order of the object.</summary>
    /// <returns>A new array of <see cref="Size"/> bytes.</returns>
    public byte[] ToArray()
    {
        byte[] copy = new byte[Size];
        Read(copy);
        return copy;
    }

    /// <summary>Returns the declaration, with its section: <c>unsigned int sample_rate (.rodata)</c>.</summary>
    public override string ToString() => $"{Type?.ToString() ?? $"{Size} bytes"} {Name} ({Section})";

    /// <summary>The same variable under another name, or in another map.</summary>
    internal VariableSpec With(string name, MapSpec map) => new(this, name, map);

    /// <summary>Copies the value. What the first value of the section does not have is zero, as what is read into is.</summary>
    private void Read(Span<byte> zeroed)
    {
        ReadOnlySpan<byte> section = Map.InitialValue.Span;
        if (Offset >= (uint)section.Length) return;
        section = section[(int)Offset..];
        section[..Math.Min(section.Length, zeroed.Length)].CopyTo(zeroed);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"Variable \"{Name}\" has {Size} bytes, the value {bytes.Length}.", nameof(bytes));
        if (Offset > Map.DataSize || Size > Map.DataSize - Offset)
        {
            throw new InvalidOperationException(
                $"Variable \"{Name}\" of {Size} bytes at {Offset} lies outside of section {Section}, which was made {Map.DataSize} bytes small.");
        }

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
        // A number of the caller's may stand for a struct or an array of the object's: BTF knows better, where there is any.
        if (Type is { } type)
        {
            if (!ScalarReversal.TryReverse(type, bytes)) ThrowCannotReverse();
        }
        else if (typeof(T).IsPrimitive || typeof(T).IsEnum)
        {
            bytes.Reverse();
        }
        else if (bytes.Length > 1)
        {
            ThrowCannotReverse();
        }
    }

    private void ThrowCannotReverse() => throw new NotSupportedException(
        $"Variable \"{Name}\": the object is {ByteOrder}, this machine is not, and the numbers in {Type?.ToString() ?? "a value of unknown type"} "
        + "cannot be told apart (BTF, no unions, no bit fields): set its bytes with Set(ReadOnlySpan<byte>).");
}
