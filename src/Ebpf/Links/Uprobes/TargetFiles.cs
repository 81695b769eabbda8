using System.Text;
using Ebpf.Executables;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>Finds the files that a path or the name of a library or program means, as the processes see it in which probes are to count.</summary>
/// <param name="kernel">The kernel.</param>
/// <param name="scope">The processes.</param>
/// <param name="what">What is attached to what, for messages.</param>
internal sealed class TargetFiles(LinuxKernel kernel, ProcessScope scope, string what)
{
    /// <summary>The root directory of the process; empty for that of this one.</summary>
    private readonly string _root = scope.Id is { } id && !scope.IsOwn ? KernelPaths.RootOf(id) : "";

    /// <summary>Opens them.</summary>
    /// <param name="target">
    /// A path; or a name without a slash: that of a library (<c>libc.so.6</c>), of those that the process has loaded, or where the dynamic linker
    /// would find it; or that of a program, in the directories of <c>PATH</c>.
    /// </param>
    /// <param name="includesReplaced">Whether also those are meant that were at the same place before, and that processes still use.</param>
    /// <returns>At least one; several copies that one process has loaded are all meant. The caller disposes them.</returns>
    /// <exception cref="BpfException">There is no such file or process, or it cannot be opened.</exception>
    public List<ProbedFile> Open(string target, bool includesReplaced)
    {
        List<ProbedFile> files = [];
        try
        {
            if (scope.Id is { } id && !kernel.Exists(KernelPaths.StatusOf(id)))
                throw new BpfException($"Attach {what}", Errno.ESRCH, $"there is no {scope} (in the PID namespace of this process)");
            bool isName = !target.Contains('/', StringComparison.Ordinal);
            if (isName && scope.Id is { } process) AddLoaded(process, mapping => NameOf(mapping.LivePath) == target, files);
            if (files.Count == 0) files.Add(isName ? OpenNamed(target) : OpenPath(target));
            if (includesReplaced) AddReplaced(files);
            return files;
        }
        catch (Exception error)
        {
            foreach (ProbedFile file in files) file.Dispose();
            if (error is ObjectFormatException damaged) throw new BpfException($"Attach {what}: {damaged.Message}", damaged);
            throw;
        }
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private ProbedFile OpenPath(string path)
    {
        // What leads to a process by itself is not of its root directory.
        bool isMagic = path.StartsWith(KernelPaths.Processes + "/", StringComparison.Ordinal);
        string root = isMagic ? "" : _root;
        ProbedFile? file = ProbedFile.Open(kernel, path, root, out Errno error);
        if (file is null && root.Length > 0 && error is Errno.EACCES or Errno.EPERM)
            throw new BpfException($"Attach {what}", error, $"to look into the root directory of {scope} it needs CAP_SYS_PTRACE");
        return file ?? throw new BpfException($"Attach {what}", error, error switch
        {
            Errno.ENOENT when scope.Id is not null => $"there is no file {path} as {scope} sees it",
            Errno.ENOENT => $"there is no file {path}, as this process sees it",
            Errno.EBADF => $"{path} is no regular file",
            Errno.EACCES => $"this process may not read {path}",
            _ => null,
        });
    }

    private ProbedFile OpenNamed(string name)
    {
        List<string> tried = [];
        ProbedFile? foreign = null;
        foreach (string path in LibraryPaths.Candidates(kernel, name, _root, scope))
        {
            if (tried.Contains(path)) continue;
            tried.Add(path);
            ProbedFile? file = ProbedFile.Open(kernel, path, _root, out Errno error);
            if (file is null)
            {
                if (error is Errno.ENOENT or Errno.ENOTDIR or Errno.EBADF or Errno.EACCES) continue;
                foreign?.Dispose();
                throw new BpfException($"Attach {what}", error, $"{path} cannot be opened");
            }

            // A library for 32-bit programs may be beside the other.
            if (IsNative(file))
            {
                foreign?.Dispose();
                return file;
            }

            if (foreign is null) foreign = file;
            else file.Dispose();
        }

        return foreign ?? throw new BpfException(
            $"Attach {what}",
            Errno.ENOENT,
            LibraryPaths.IsLibrary(name)
                ? $"there is no library {name} where the dynamic linker looks ({LibraryPaths.Description}): give its path"
                : $"there is no program {name} in the directories of PATH: give its path");
    }

    private static bool IsNative(ProbedFile file)
    {
        try
        {
            return file.Elf is { Is64Bit: true } elf && elf.Machine == LibraryPaths.NativeMachine;
        }
        catch (ObjectFormatException)
        {
            return false;
        }
    }

    /// <summary>Adds files that a process runs code of, each once, through the kernel's own way to the file: a path may mean another one by now.</summary>
    private void AddLoaded(int process, Predicate<ProcessMapping> isMeant, List<ProbedFile> files)
    {
        HashSet<(ulong, ulong)> seen = [];
        foreach (ProcessMapping mapping in ProcessMappings.Read(kernel, process, out _))
        {
            if (!mapping.IsCode || mapping.Inode == 0 || !isMeant(mapping) || !seen.Add((mapping.Device, mapping.Inode))) continue;
            if (OpenMapped(process, mapping) is not { } file) continue;
            if (files.Exists(file.IsSameAs)) file.Dispose();
            else files.Add(file);
        }
    }

    private ProbedFile? OpenMapped(int process, in ProcessMapping mapping)
    {
        string link = KernelPaths.MappedFile(process, mapping.Start, mapping.End);
        BpfHandle? handle = BpfHandle.Take(kernel, kernel.Open(link, OpenMode.ReadOnly), out Errno error);
        string root = process == Environment.ProcessId ? "" : KernelPaths.RootOf(process);
        if (handle is not null) return ProbedFile.Take(handle, mapping.LivePath, root, part: null, out error);

        // These links need CAP_CHECKPOINT_RESTORE (CAP_SYS_ADMIN before Linux 5.9); the path does as well while it means the same file.
        if (mapping.IsDeleted || ProbedFile.Open(kernel, mapping.Path, root, out error) is not { } file) return null;
        if (file.Status.Inode == mapping.Inode) return file;
        file.Dispose();
        return null;
    }

    /// <summary>Looks at all processes for files that were at the paths of those found, and are others.</summary>
    private void AddReplaced(List<ProbedFile> files)
    {
        HashSet<string> paths = [.. files.Select(file => file.Path)];
        if (scope.Id is { } process)
        {
            AddLoaded(process, IsMeant, files);
            return;
        }

        if (kernel.ListDirectory(KernelPaths.Processes, out string[] names) != Errno.None) return;
        foreach (string name in names)
        {
            if (int.TryParse(name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int other)) AddLoaded(other, IsMeant, files);
        }

        bool IsMeant(ProcessMapping mapping) => mapping.IsDeleted && paths.Contains(mapping.LivePath);
    }
}
