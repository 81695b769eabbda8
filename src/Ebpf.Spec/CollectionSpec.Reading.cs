using Ebpf.Object;

namespace Ebpf;

/// <content>Reading objects.</content>
public sealed partial class CollectionSpec
{
    /// <summary>Reads an object file.</summary>
    /// <param name="path">The file, as <c>clang -g -O2 -target bpf -c</c> makes it.</param>
    /// <param name="options">How to read it; <c>null</c> for the defaults.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ObjectFormatException">The object is malformed; the message names the file too.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The caller does not have the permission to read the file.</exception>
    public static CollectionSpec Load(string path, ObjectReaderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] image = File.ReadAllBytes(path);
        try
        {
            return ObjectReader.Read(image, options);
        }
        catch (ObjectFormatException error)
        {
            throw error.InFile(path);
        }
    }

    /// <summary>Reads an object from a stream, from its current position to its end.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="options">How to read it; <c>null</c> for the defaults.</param>
    /// <exception cref="ObjectFormatException">The object is malformed.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static CollectionSpec Load(Stream stream, ObjectReaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using MemoryStream image = new();
        stream.CopyTo(image);
        return ObjectReader.Read(image.GetBuffer().AsMemory(0, (int)image.Length), options);
    }

    /// <summary>Reads an object in memory.</summary>
    /// <param name="image">The object. It is not copied: it must not change for as long as the spec is used.</param>
    /// <param name="options">How to read it; <c>null</c> for the defaults.</param>
    /// <exception cref="ObjectFormatException">The object is malformed.</exception>
    public static CollectionSpec Load(ReadOnlyMemory<byte> image, ObjectReaderOptions? options = null) =>
        ObjectReader.Read(image, options);
}
