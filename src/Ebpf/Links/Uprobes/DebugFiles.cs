using Ebpf.Executables;
using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>Finds the file with the debug information of a program or library, where distributions and <c>objcopy</c> put it.</summary>
internal static class DebugFiles
{
    private const string Directory = "/usr/lib/debug";

    /// <summary>Opens it.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="executable">The program or library.</param>
    /// <param name="root">The root directory in which to look; empty for that of this process.</param>
    /// <param name="path">The path of the program or library.</param>
    /// <param name="opened">Gets the descriptor of what is opened, for the caller to close.</param>
    /// <returns><c>null</c> if there is none, or only those of other builds.</returns>
    public static ElfExecutable? Open(LinuxKernel kernel, ElfExecutable executable, string root, string path, List<BpfHandle> opened)
    {
        ReadOnlyMemory<byte>? build = executable.ReadBuildId();
        if (build is { Length: > 1 } id
            && Open(kernel, $"{Directory}/.build-id/{DebugLink.PathOf(id.Span)}", root, file => Has(file, id)) is { } byId)
        {
            return byId;
        }

        if (DebugLink.Of(executable) is not { } link) return null;
        string folder = path[..(path.LastIndexOf('/') + 1)];
        foreach (string place in (ReadOnlySpan<string>)[folder + link.FileName, $"{folder}.debug/{link.FileName}", $"{Directory}{folder}{link.FileName}"])
        {
            // The checksum takes reading all of it, which a build id spares.
            if (Open(kernel, place, root, file => build is { } own ? Has(file, own) : link.IsOf(file.Source)) is { } byLink) return byLink;
        }

        return null;

        ElfExecutable? Open(LinuxKernel kernel, string place, string root, Func<ElfExecutable, bool> isMeant)
        {
            BpfHandle? handle = ProbedFile.OpenHandle(kernel, place, root, out _);
            if (handle is null) return null;
            try
            {
                if (ProbedFile.StatusOf(handle, out FileStatus status) == Errno.None)
                {
                    ElfExecutable file = new(new FileSource(handle, status.Size, place));
                    if (isMeant(file))
                    {
                        opened.Add(handle);
                        handle = null;
                        return file;
                    }
                }
            }
            catch (BpfException)
            {
                // A debug file that cannot be read names nothing.
            }
            finally
            {
                handle?.Dispose();
            }

            return null;
        }

        static bool Has(ElfExecutable file, ReadOnlyMemory<byte> build) => file.ReadBuildId() is { } other && other.Span.SequenceEqual(build.Span);
    }
}
