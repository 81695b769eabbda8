using System.Diagnostics.CodeAnalysis;

namespace Ebpf.Asm;

// Values that users attach.
public partial struct Instruction
{
    /// <summary>Attaches a value of the caller's own to the instruction, and replaces one with the same key.</summary>
    /// <remarks>
    /// The value stays with the instruction when instructions around it are inserted or removed, when lists are cloned and programs
    /// linked, and when CO-RE changes the instruction. <see cref="InstructionList.Replace"/> drops it. It is never encoded.
    /// </remarks>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key of the value.</param>
    /// <param name="value">The value.</param>
    public void SetMetadata<T>(MetadataKey<T> key, T value)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        _annotation = Annotation.Create(Symbol, Line, Function, Relocation, Metadata.With(_annotation?.Metadata, key, value));
    }

    /// <summary>Gets a value that was attached to the instruction.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key of the value.</param>
    /// <param name="value">The value; <c>default</c> if there is none.</param>
    /// <returns>Whether there is one.</returns>
    public readonly bool TryGetMetadata<T>(MetadataKey<T> key, [MaybeNullWhen(false)] out T value)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(key);
        bool found = Metadata.TryFind(_annotation?.Metadata, key, out object? attached);
        value = found ? (T)attached! : default;
        return found;
    }

    /// <summary>Removes a value that was attached to the instruction.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key of the value.</param>
    /// <returns>Whether there was one.</returns>
    public bool RemoveMetadata<T>(MetadataKey<T> key)
        where T : notnull
    {
        if (!TryGetMetadata(key, out _)) return false;
        _annotation = Annotation.Create(Symbol, Line, Function, Relocation, Metadata.Without(_annotation!.Metadata, key));
        return true;
    }

    /// <summary>Returns this instruction with a value attached; see <see cref="SetMetadata"/>.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key of the value.</param>
    /// <param name="value">The value.</param>
    public readonly Instruction WithMetadata<T>(MetadataKey<T> key, T value)
        where T : notnull
    {
        Instruction copy = this;
        copy.SetMetadata(key, value);
        return copy;
    }
}
