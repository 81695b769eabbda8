using Ebpf.Object.Writing;

namespace Ebpf;

/// <content>Writing objects.</content>
public sealed partial class CollectionSpec
{
    /// <summary>
    /// Writes the collection as a relocatable eBPF object, which this library, libbpf, bpftool and other loaders read: reading it
    /// gives this collection again.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Written are programs with the functions that they call (a function that several programs call is written once), maps, global
    /// variables with their first values, struct_ops maps, externs, licence, BTF, source lines and CO-RE relocations, all as they
    /// are in the spec now, in <see cref="ByteOrder"/>. Not written, because it is not part of the spec, is what loaders do not read:
    /// functions that no program calls, debug information for debuggers (DWARF), sections without a meaning (those that the BTF
    /// describes are there, and hold zeros). The same collection gives the same bytes.
    /// </para>
    /// <para>
    /// What an object cannot say is refused: where a map is pinned, elements of maps as bytes, a value other than zero in
    /// <c>.bss</c>, programs with different licences.
    /// </para>
    /// </remarks>
    /// <returns>A new array with the object.</returns>
    /// <exception cref="BpfException">The collection says something that no object can say; the message names it.</exception>
    /// <exception cref="ObjectFormatException">The code of a program, or the BTF, is malformed.</exception>
    public byte[] ToArray() => ObjectWriter.Write(this);

    /// <summary>Writes the collection as a relocatable eBPF object to a stream; see <see cref="ToArray"/>.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <exception cref="BpfException">The collection says something that no object can say. Nothing was written.</exception>
    /// <exception cref="ObjectFormatException">The code of a program, or the BTF, is malformed. Nothing was written.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(ToArray());
    }

    /// <summary>Writes the collection as a relocatable eBPF object file; see <see cref="ToArray"/>.</summary>
    /// <param name="path">The file. One that is there is replaced.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="BpfException">The collection says something that no object can say. No file was written.</exception>
    /// <exception cref="ObjectFormatException">The code of a program, or the BTF, is malformed. No file was written.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The caller does not have the permission to write the file.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        File.WriteAllBytes(path, ToArray());
    }
}
