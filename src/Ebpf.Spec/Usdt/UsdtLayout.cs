using System.Diagnostics.CodeAnalysis;
using Ebpf.Btf;
using Ebpf.Common;

namespace Ebpf.Usdt;

/// <summary>
/// Where the fields of <c>struct __bpf_usdt_spec</c> are: what <c>usdt.bpf.h</c> expects in the map <c>__bpf_usdt_specs</c> for each
/// description of arguments.
/// </summary>
/// <remarks>
/// libbpf 1.7 gave arguments an index register, and with it other offsets and another size; so the object's own types decide, and which
/// kinds of argument it knows with them.
/// </remarks>
internal sealed class UsdtLayout
{
    /// <summary>How many arguments programs can read (<c>BPF_USDT_MAX_ARG_CNT</c>).</summary>
    public const int MaxArguments = 12;

    /// <summary>
    /// What <c>bpf_usdt_arg()</c> answers with EINVAL, and takes as no other kind: an argument that cannot be read.
    /// </summary>
    private const uint Unreadable = 0xff;

    private readonly uint _size;
    private readonly uint _stride;
    private readonly Field _value, _kind, _register, _isSigned, _shift, _cookie, _count;
    private readonly Field? _index, _scale;

    private UsdtLayout(BtfType type, uint size)
    {
        _size = size;
        _stride = (uint)(At(type, "args[1].val_off").Bit - At(type, "args[0].val_off").Bit) / 8;
        _value = At(type, "args[0].val_off");
        _kind = At(type, "args[0].arg_type");
        _register = At(type, "args[0].reg_off");
        _isSigned = At(type, "args[0].arg_signed");
        _shift = At(type, "args[0].arg_bitshift");
        _cookie = At(type, "usdt_cookie");
        _count = At(type, "arg_cnt");
        if (type.TryLocate("args[0].idx_reg_off", out _) && type.TryLocate("args[0].scale_bitshift", out _))
            (_index, _scale) = (At(type, "args[0].idx_reg_off"), At(type, "args[0].scale_bitshift"));
    }

    /// <summary>The number of bytes of a description.</summary>
    public int Size => (int)_size;

    /// <summary>Whether programs can read memory at the sum of two registers: those compiled with <c>usdt.bpf.h</c> of libbpf 1.7 and later.</summary>
    public bool KnowsIndex => _index is not null;

    /// <summary>Reads the layout from the type of the map's values.</summary>
    /// <param name="type">The type; <c>null</c> if it is not known.</param>
    /// <param name="size">How many bytes a value has.</param>
    /// <param name="layout">The layout.</param>
    /// <returns>Whether it is a description of arguments.</returns>
    public static bool TryRead(BtfType? type, uint size, [NotNullWhen(true)] out UsdtLayout? layout)
    {
        layout = null;
        if (type is null) return false;
        try
        {
            if (!type.TryGetSize(out uint typeSize) || typeSize != size || !type.TryLocate($"args[{MaxArguments - 1}]", out _)) return false;
            UsdtLayout read = new(type, size);
            if (!read.IsSound()) return false;
            layout = read;
            return true;
        }
        catch (Exception error) when (error is KeyNotFoundException or ObjectFormatException)
        {
            // A struct of the same name that is another.
            return false;
        }
    }

    /// <summary>What stands in the way of reading an argument with this object; <c>null</c> for nothing.</summary>
    public string? ProblemOf(UsdtArgument argument) => argument.Problem
        ?? (argument.IndexRegister is not null && !KnowsIndex
            ? "the object was compiled with a usdt.bpf.h before libbpf 1.7, which knows no index registers"
            : null);

    /// <summary>Writes the description of a location's arguments.</summary>
    /// <param name="probe">The location.</param>
    /// <param name="cookie">What <c>bpf_usdt_cookie()</c> returns.</param>
    /// <param name="order">The byte order of the kernel.</param>
    /// <param name="shift">How many bytes behind the probe's address the program is attached.</param>
    public byte[] Encode(UsdtProbe probe, ulong cookie, ByteOrder order, int shift = 0)
    {
        byte[] spec = new byte[_size];
        int count = Math.Min(probe.Arguments.Count, MaxArguments);
        for (int i = 0; i < count; i++)
        {
            UsdtArgument argument = probe.Arguments[i];
            uint at = (uint)i * _stride * 8;

            // A number of n bytes is made one of 64 bits by shifting it to the top, and back. A signed byte holds the shift.
            if (argument.Size is > 0 and <= 16) Write(spec, _shift, at, (ulong)(64 - (argument.Size * 8)), order);
            if (ProblemOf(argument) is not null)
            {
                Write(spec, _kind, at, Unreadable, order);
                continue;
            }

            long value = argument.IsRelativeToLocation ? argument.Value - shift : argument.Value;
            Write(spec, _value, at, (ulong)value, order);
            Write(spec, _kind, at, KindOf(argument), order);
            Write(spec, _register, at, (ulong)argument.RegisterOffset, order);
            Write(spec, _isSigned, at, argument.IsSigned ? 1u : 0, order);
            if (argument.IndexRegister is null) continue;
            Write(spec, _index!.Value, at, (ulong)argument.IndexOffset, order);
            Write(spec, _scale!.Value, at, (ulong)argument.ScaleShift, order);
        }

        Write(spec, _cookie, 0, cookie, order);
        Write(spec, _count, 0, (ulong)count, order);
        return spec;
    }

    /// <summary><c>enum __bpf_usdt_arg_type</c>.</summary>
    private static ulong KindOf(UsdtArgument argument) => argument switch
    {
        { Kind: UsdtArgumentKind.Constant } => 0,
        { Kind: UsdtArgumentKind.Register } => 1,
        { IndexRegister: null } => 2,
        _ => 3,
    };

    private static Field At(BtfType type, string path)
    {
        MemberLocation location = type.Locate(path);
        return new Field(location.BitOffset, location.BitSize);
    }

    /// <summary>Whether every field can hold what is written into it, and lies inside.</summary>
    private bool IsSound()
    {
        uint last = (MaxArguments - 1) * _stride * 8;
        return _stride is > 0 and < 4096
            && Holds(_value, 64, last) && Holds(_kind, 8, last) && Holds(_register, 16, last) && Holds(_isSigned, 1, last)
            && Holds(_shift, 8, last) && Holds(_cookie, 64, 0) && Holds(_count, 16, 0)
            && (_index is null || (Holds(_index.Value, 12, last) && Holds(_scale!.Value, 2, last)));
    }

    private bool Holds(Field field, uint bits, uint last) =>
        field.Width >= bits && field.Width <= 64 && field.Bit <= uint.MaxValue && field.Bit + last + field.Width <= _size * 8UL;

    /// <summary>
    /// Writes bits. Compilers count them from the least significant bit of a little-endian machine, from the most significant one of a
    /// big-endian machine.
    /// </summary>
    private static void Write(byte[] spec, Field field, uint plus, ulong value, ByteOrder order)
    {
        ulong first = field.Bit + plus;
        for (ulong i = 0; i < field.Width; i++)
        {
            bool isSet = ((value >> (int)i) & 1) != 0;
            if (!isSet) continue;
            if (order == ByteOrder.LittleEndian) spec[(first + i) / 8] |= (byte)(1 << (int)((first + i) % 8));
            else spec[(first + field.Width - 1 - i) / 8] |= (byte)(0x80 >> (int)((first + field.Width - 1 - i) % 8));
        }
    }

    /// <param name="Bit">Its first bit.</param>
    /// <param name="Width">How many bits it has.</param>
    private readonly record struct Field(ulong Bit, ulong Width);
}
