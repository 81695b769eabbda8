using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Executables;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>Where the dynamic linker finds libraries, and a shell programs.</summary>
internal static class LibraryPaths
{
    /// <summary>The places in words, for messages.</summary>
    public const string Description = "LD_LIBRARY_PATH, /etc/ld.so.cache, /lib, /usr/lib and those for this processor";

    private const string Cache = "/etc/ld.so.cache";

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>The processor of this machine.</summary>
    public static ElfMachine NativeMachine => IsArm ? ElfMachine.AArch64 : ElfMachine.X86_64;

    /// <summary>Whether a name is that of a library.</summary>
    public static bool IsLibrary(string name) => name.Contains(".so", StringComparison.Ordinal);

    /// <summary>Paths that a name can mean, the best first.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="name">The name, without a slash.</param>
    /// <param name="root">The root directory in which the cache is read.</param>
    /// <param name="scope">The process whose environment counts; that of this one for all processes.</param>
    public static IEnumerable<string> Candidates(LinuxKernel kernel, string name, string root, ProcessScope scope)
    {
        if (name is "" or "." or "..") yield break;
        if (!IsLibrary(name))
        {
            foreach (string directory in Directories(Variable(kernel, "PATH", scope))) yield return $"{directory}/{name}";
            foreach (string directory in (string[])["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]) yield return $"{directory}/{name}";
            yield break;
        }

        foreach (string directory in Directories(Variable(kernel, "LD_LIBRARY_PATH", scope))) yield return $"{directory}/{name}";
        foreach (string path in InCache(kernel, name, root)) yield return path;

        // glibc's own, those of Debian, and musl's, which has no cache.
        string triplet = IsArm ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
        foreach (string directory in (string[])["/lib64", "/usr/lib64", $"/lib/{triplet}", $"/usr/lib/{triplet}", "/lib", "/usr/lib", "/usr/local/lib"])
            yield return $"{directory}/{name}";
    }

    private static List<string> InCache(LinuxKernel kernel, string name, string root)
    {
        using BpfHandle? handle = ProbedFile.OpenHandle(kernel, Cache, root, out _);
        if (handle is null || ProbedFile.StatusOf(handle, out FileStatus status) != Errno.None) return [];
        const int most = 64 * 1024 * 1024;
        try
        {
            return new FileSource(handle, status.Size, Cache).TryRead(0, status.Size, most) is { } cache ? LoaderCache.Find(cache, name) : [];
        }
        catch (BpfException)
        {
            return [];
        }
    }

    private static IEnumerable<string> Directories(string? list) => (list ?? "").Split(':', ';').Where(directory => directory.StartsWith('/'));

    /// <summary>A variable of the environment with which the program of the process was started.</summary>
    private static string? Variable(LinuxKernel kernel, string name, ProcessScope scope)
    {
        if (scope.Id is null || scope.IsOwn) return Environment.GetEnvironmentVariable(name);
        if (kernel.ReadFile(KernelPaths.EnvironmentOf(scope.Id.Value), out byte[] content) != Errno.None) return null;
        foreach (string variable in Encoding.UTF8.GetString(content).Split('\0'))
        {
            if (variable.StartsWith(name + "=", StringComparison.Ordinal)) return variable[(name.Length + 1)..];
        }

        return null;
    }
}
