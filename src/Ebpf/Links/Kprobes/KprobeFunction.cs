using System.Globalization;

namespace Ebpf;

/// <summary>
/// A function of the kernel, and the cookie that a program gets there: one of those to which
/// <see cref="BpfProgram.AttachKprobeMulti(IEnumerable{KprobeFunction}, KprobeMultiOptions?)"/> attaches a program. A name alone is one too.
/// </summary>
public readonly record struct KprobeFunction
{
    /// <summary>Creates a function by its name.</summary>
    /// <param name="name">
    /// The name; with that of its module before it (<c>nf_conntrack:nf_ct_get</c>) if there are several. Of several functions of a name the
    /// kernel takes the first that it can trace.
    /// </param>
    /// <exception cref="ArgumentException">It is no name of a function.</exception>
    public KprobeFunction(string name)
    {
        Links.Kprobes.KprobePlace.CheckName(name, nameof(name));
        Name = name;
    }

    /// <summary>Gets the name; <c>null</c> for a function by its address.</summary>
    public string? Name { get; }

    /// <summary>Gets the address; 0 for a function by its name.</summary>
    public ulong Address { get; private init; }

    /// <summary>
    /// Gets the value that <c>bpf_get_attach_cookie()</c> returns to the program in this function. The default is
    /// <see cref="KprobeMultiOptions.Cookie"/>.
    /// </summary>
    public ulong? Cookie { get; init; }

    /// <summary>Creates a function by the name.</summary>
    public static implicit operator KprobeFunction(string name) => new(name);

    /// <summary>Creates a function by the address where it begins.</summary>
    /// <param name="address">The address, as /proc/kallsyms shows it; not 0, which is what it shows to those who may not see it.</param>
    public static KprobeFunction At(ulong address)
    {
        ArgumentOutOfRangeException.ThrowIfZero(address);
        return new KprobeFunction { Address = address };
    }

    /// <summary>Creates a function by the name.</summary>
    public static KprobeFunction FromString(string name) => new(name);

    /// <summary>Returns the name, or the address.</summary>
    public override string ToString() => Name ?? string.Create(CultureInfo.InvariantCulture, $"0x{Address:x}");
}

/// <summary>A function to which a program was not attached, though it was asked for, and why.</summary>
public sealed record SkippedFunction
{
    /// <summary>Gets the name; with that of its module before it if it is in one. An address if that is all that is known.</summary>
    public required string Function { get; init; }

    /// <summary>Gets why.</summary>
    public required string Reason { get; init; }

    /// <summary>Gets what the kernel answered; <see cref="Errno.None"/> if it was not asked.</summary>
    public Errno Errno { get; init; }

    /// <summary>Returns the function and the reason.</summary>
    public override string ToString() => $"{Function}: {Reason}";
}
