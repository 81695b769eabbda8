using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Maps.Layout;

namespace Ebpf;

/// <summary>Represents a global variable of a loaded object, which programs and this process share.</summary>
/// <remarks>
/// <para>
/// Variables that are neither static nor hidden lie in memory that is mapped into this process (since Linux 5.5):
/// reading and writing them is no system call, and what one side writes the other sees at once. A value of 1, 2, 4 or 8
/// bytes is read and written in one piece, and in order with what this thread reads after it and wrote before it; of a
/// larger one, a program can be seen to have written a part. To count on both sides use <see cref="Interlocked"/> on
/// <see cref="Ref{T}"/>.
/// </para>
/// <para>
/// Where a section cannot be mapped (<see cref="TryMap"/>: an older kernel, an object without BTF, a lock among the
/// variables) a read copies the whole section out of the kernel. A write copies it out, changes it and copies it back:
/// what a program writes meanwhile, to any variable of the section, is lost.
/// </para>
/// <para>
/// Safe for use by several threads at once. A read or write that runs while another thread disposes the collection may
/// read zeros, or write to nowhere; after that they throw <see cref="ObjectDisposedException"/>.
/// </para>
/// </remarks>
public sealed unsafe partial class BpfVariable
{
    private readonly nuint _place;
    private readonly bool _isConstant;

    /// <summary>The last type that was found to fit.</summary>
    private Type? _known;

    internal BpfVariable(BpfMap map, string name, string section, uint offset, uint size, BtfType? type, bool isConstant)
    {
        Map = map;
        Name = name;
        Section = section;
        Offset = offset;
        Size = size;
        Type = type;
        _place = (nuint)map.VariablesOffset + offset;
        _isConstant = isConstant || map.Access == MapAccess.ReadOnly;
    }

    /// <summary>Gets the name in the source.</summary>
    public string Name { get; }

    /// <summary>Gets the section that holds the variable: <c>.rodata</c>, <c>.data</c>, <c>.bss</c>, <c>.kconfig</c>.</summary>
    public string Section { get; }

    /// <summary>Gets the map that holds the section; its memory is that of all variables of the section.</summary>
    public BpfMap Map { get; }

    /// <summary>Gets the offset of the variable in the section, in bytes.</summary>
    public uint Offset { get; }

    /// <summary>Gets the size, in bytes.</summary>
    public uint Size { get; }

    /// <summary>Gets the type of the variable; <c>null</c> for an object without BTF.</summary>
    public BtfType? Type { get; }

    /// <summary>
    /// Returns whether the variable can be written. Constants (<c>.rodata</c>; set them in <see cref="CollectionSpec.Variables"/> before
    /// loading), the kernel's settings, and the variables of a section that was frozen cannot. Maps the section, as
    /// <see cref="TryMap"/> does.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The map is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused to map the section.</exception>
    public bool CanWrite() => !_isConstant && Map.FindMemory() is not { IsWritable: false };

    /// <summary>
    /// Maps the section of the variable into the memory of this process, which reading and writing a variable do by themselves. It is mapped
    /// once, until the map is disposed.
    /// </summary>
    /// <returns>Whether the section is mapped; <c>false</c> if it cannot be, so that values are copied.</returns>
    /// <exception cref="ObjectDisposedException">The map is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused to map the section.</exception>
    public bool TryMap() => Map.FindMemory() is not null;

    /// <summary>Gets the value.</summary>
    /// <typeparam name="T">
    /// A type of exactly <see cref="Size"/> bytes, laid out as the compiler does; a number that is none, or the reverse,
    /// is refused where BTF tells.
    /// </typeparam>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> does not fit.</exception>
    /// <exception cref="BpfException">The kernel refused to map or to copy the section.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Get<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged
    {
        if (_known != typeof(T)) Check<T>();
        if (Map.FindMemory() is not { } memory) return GetCopy<T>();
        T value = Load<T>(memory.At(_place));
        GC.KeepAlive(memory);
        return value;
    }

    /// <summary>Gets the value, if it is of a type.</summary>
    /// <typeparam name="T">The type, as for <see cref="Get{T}"/>.</typeparam>
    /// <param name="value">The value; <c>default</c> if it is of another type.</param>
    /// <returns>Whether <typeparamref name="T"/> fits.</returns>
    /// <exception cref="BpfException">The kernel refused to map or to copy the section.</exception>
    public bool TryGet<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>(out T value)
        where T : unmanaged
    {
        bool fits = _known == typeof(T) || VariableTypeCheck.Problem<T>(Size, Type) is null;
        value = fits ? Get<T>() : default;
        return fits;
    }

    /// <summary>Sets the value.</summary>
    /// <typeparam name="T">The type, as for <see cref="Get{T}"/>.</typeparam>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> does not fit.</exception>
    /// <exception cref="InvalidOperationException">The variable is read-only.</exception>
    /// <exception cref="BpfException">The kernel refused to map or to copy the section.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>(T value)
        where T : unmanaged
    {
        if (_known != typeof(T)) Check<T>();
        if (_isConstant) ThrowReadOnly();
        if (Map.FindMemory() is { } memory)
        {
            if (!memory.IsWritable) ThrowReadOnly();
            Store(memory.At(_place), value);
            GC.KeepAlive(memory);
        }
        else
        {
            WriteCopy(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
        }
    }

    /// <summary>Copies the value, as it lies in memory, to a span.</summary>
    /// <param name="destination">Receives <see cref="Size"/> bytes. It may be longer than that.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    /// <exception cref="BpfException">The kernel refused to map or to copy the section.</exception>
    public void CopyTo(Span<byte> destination)
    {
        if (destination.Length < Size) ThrowLength(destination.Length, nameof(destination));
        Span<byte> value = destination[..(int)Size];
        if (Map.FindMemory() is { } memory)
        {
            new ReadOnlySpan<byte>(memory.At(_place), value.Length).CopyTo(value);
            GC.KeepAlive(memory);
        }
        else
        {
            ReadCopy(value);
        }
    }

    /// <summary>Returns the value, as it lies in memory, as a new array.</summary>
    /// <exception cref="BpfException">The kernel refused to map or to copy the section.</exception>
    public byte[] ToArray()
    {
        byte[] copy = new byte[Size];
        CopyTo(copy);
        return copy;
    }

    /// <summary>Sets the value from bytes, laid out as the compiler does.</summary>
    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException">There are more or fewer bytes.</exception>
    /// <exception cref="InvalidOperationException">The variable is read-only.</exception>
    /// <exception cref="BpfException">The kernel refused to map or to copy the section.</exception>
    public void Set(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) ThrowLength(bytes.Length, nameof(bytes));
        if (!CanWrite()) ThrowReadOnly();
        if (Map.FindMemory() is { } memory)
        {
            bytes.CopyTo(new Span<byte>(memory.At(_place), bytes.Length));
            GC.KeepAlive(memory);
        }
        else
        {
            WriteCopy(bytes);
        }
    }

    /// <summary>
    /// Returns a reference to the variable in the memory of the map: for <see cref="Interlocked"/>, and for single fields.
    /// </summary>
    /// <remarks>The reference may be kept; after the map is disposed it refers to zeros that no map uses.</remarks>
    /// <typeparam name="T">The type, as for <see cref="Get{T}"/>.</typeparam>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> does not fit.</exception>
    /// <exception cref="InvalidOperationException">The variable is read-only.</exception>
    /// <exception cref="NotSupportedException">The section is not mapped.</exception>
    /// <exception cref="BpfException">The kernel refused to map the section.</exception>
    public ref T Ref<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged
    {
        CheckPlace<T>();
        if (_known != typeof(T)) Check<T>();
        return ref Unsafe.As<byte, T>(ref WritableMemory().HandOut(_place));
    }

    /// <summary>
    /// Returns a read-only reference to the variable in the memory of the map; otherwise like <see cref="Ref{T}"/>.
    /// </summary>
    /// <typeparam name="T">The type, as for <see cref="Get{T}"/>.</typeparam>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> does not fit.</exception>
    /// <exception cref="NotSupportedException">The section is not mapped.</exception>
    /// <exception cref="BpfException">The kernel refused to map the section.</exception>
    public ref readonly T ReadOnlyRef<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged
    {
        CheckPlace<T>();
        if (_known != typeof(T)) Check<T>();
        return ref Unsafe.As<byte, T>(ref Memory().HandOut(_place));
    }

    /// <summary>Returns the elements of an array variable as memory that can be read and written.</summary>
    /// <remarks>The span may be kept; after the map is disposed it refers to zeros that no map uses.</remarks>
    /// <typeparam name="T">The type of an element; a whole number of them fills <see cref="Size"/>.</typeparam>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> does not fit.</exception>
    /// <exception cref="InvalidOperationException">The variable is read-only.</exception>
    /// <exception cref="NotSupportedException">The section is not mapped.</exception>
    /// <exception cref="BpfException">The kernel refused to map the section.</exception>
    public Span<T> AsSpan<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged
    {
        int count = CountOf<T>();
        return MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref WritableMemory().HandOut(_place)), count);
    }

    /// <summary>Returns the elements of an array variable as read-only memory; otherwise like <see cref="AsSpan{T}"/>.</summary>
    /// <typeparam name="T">The type of an element, as for <see cref="AsSpan{T}"/>.</typeparam>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> does not fit.</exception>
    /// <exception cref="NotSupportedException">The section is not mapped.</exception>
    /// <exception cref="BpfException">The kernel refused to map the section.</exception>
    public ReadOnlySpan<T> AsReadOnlySpan<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged
    {
        int count = CountOf<T>();
        return MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, T>(ref Memory().HandOut(_place)), count);
    }

    /// <summary>Returns the declaration with the section: <c>unsigned int sample_rate (.rodata)</c>.</summary>
    public override string ToString() => $"{Type?.ToString() ?? $"{Size} bytes"} {Name} ({Section})";

    private MappedMemory Memory()
    {
        MappedMemory? memory = Map.FindMemory();
        if (memory is null) ThrowNotMapped();
        return memory;
    }

    private MappedMemory WritableMemory()
    {
        if (_isConstant) ThrowReadOnly();
        MappedMemory memory = Memory();
        if (!memory.IsWritable) ThrowReadOnly();
        return memory;
    }

    private int CountOf<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged
    {
        if (VariableTypeCheck.ElementProblem<T>(Size, Type) is { } problem) throw new ArgumentException($"{this}: {problem}.");
        CheckPlace<T>();
        return (int)Size / sizeof(T);
    }

    private void CheckPlace<T>()
        where T : unmanaged
    {
        if (!VariableTypeCheck.IsAligned<T>(_place))
            throw new NotSupportedException($"{this}: it is not aligned as {typeof(T)} must be; use Get and Set.");
    }

    private void Check<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged
    {
        if (VariableTypeCheck.Problem<T>(Size, Type) is { } problem) throw new ArgumentException($"{this}: {problem}.");
        _known = typeof(T);
    }

    [DoesNotReturn]
    private void ThrowReadOnly() => throw new InvalidOperationException(
        $"{this}: it can only be read now{(_isConstant && Section != ".kconfig" ? "; set constants in CollectionSpec.Variables before loading" : "")}.");

    [DoesNotReturn]
    private void ThrowNotMapped() => throw new NotSupportedException(
        $"{this}: it does not lie in memory of this process, since its map is {Map.WhyNotMappable}; use Get and Set.");

    [DoesNotReturn]
    private void ThrowLength(int actual, string parameter) =>
        throw new ArgumentException($"{this}: it has {Size} bytes, the span {actual}.", parameter);
}
