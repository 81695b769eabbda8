using System.Globalization;
using System.Runtime.ExceptionServices;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>A network namespace other than that of the calling thread, for programs that are attached to something in it.</summary>
/// <remarks>
/// <para>
/// A value that can be used any number of times. What it names is opened each time that it is used, on a thread that is made for it and
/// ends afterwards: a thread that changes its namespace is of no use for anything else, so no thread of the pool ever does. It has the
/// capabilities of the thread that asks. The kernel demands CAP_SYS_ADMIN for it.
/// </para>
/// <para>Two paths or processes may stand for the same namespace.</para>
/// </remarks>
public sealed record NetworkNamespace
{
    private readonly string _path, _words;

    private NetworkNamespace(string path, string words) => (_path, _words) = (path, words);

    /// <summary>Names a namespace by a file that stands for it.</summary>
    /// <param name="path">The path: <c>/run/netns/blue</c>, or <c>/proc/PID/ns/net</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    public static NetworkNamespace FromPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(path, path);
    }

    /// <summary>Names the namespace of a process or thread.</summary>
    /// <param name="id">Its id, in the process namespace of which <c>/proc</c> shows the processes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="id"/> is not positive.</exception>
    public static NetworkNamespace OfProcess(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id);
        return new(KernelPaths.NetworkNamespaceOf(id), string.Create(CultureInfo.InvariantCulture, $"of process {id}"));
    }

    /// <summary>Names a namespace as <c>ip netns</c> does: by its name in <c>/run/netns</c>.</summary>
    /// <param name="name">The name: <c>blue</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty, or leads to another directory.</exception>
    public static NetworkNamespace Named(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name is "." or ".." || name.AsSpan().ContainsAny('/', '\0'))
            throw new ArgumentException("The name of a network namespace has no slash, and is no path.", nameof(name));
        return new(KernelPaths.NamedNetworkNamespace(name), name);
    }

    /// <summary>Returns which namespace it is in words.</summary>
    public override string ToString() => $"network namespace {_words}";

    /// <summary>Runs something in a namespace.</summary>
    /// <param name="other">The namespace; <c>null</c> for that of this thread, on which it runs then.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="operation">What is being done, for messages.</param>
    /// <param name="action">What to run.</param>
    /// <returns>What <paramref name="action"/> returns.</returns>
    /// <exception cref="BpfException">The namespace cannot be entered.</exception>
    internal static T Run<T>(NetworkNamespace? other, LinuxKernel kernel, string operation, Func<T> action) =>
        other is null ? action() : other.RunInside(kernel, operation, action);

    private T RunInside<T>(LinuxKernel kernel, string operation, Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                Enter(kernel, operation);
                result = action();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        })
        {
            IsBackground = true,
            Name = "Ebpf: network namespace",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    private void Enter(LinuxKernel kernel, string operation)
    {
        const int network = 0x40000000; // CLONE_NEWNET
        CallResult file = kernel.Open(_path, OpenMode.ReadOnly);
        if (file.Failed) throw new BpfException(operation, file.Error, $"{this} cannot be opened at {_path}{OpenAdvice(file.Error)}");
        CallResult entered;
        using (PassingDescriptor opened = new(kernel, file.Value)) entered = kernel.EnterNamespace(opened.Descriptor, network);
        if (!entered.Failed) return;
        string? reason = entered.Error == Errno.EINVAL
            ? $"{_path} is no network namespace"
            : Refusal.AdviceFor(kernel, entered.Error, Privileges.SysAdmin);
        throw new BpfException(operation, entered.Error, $"{this} cannot be entered{(reason is null ? "" : $": {reason}")}");
    }

    private static string OpenAdvice(Errno error) => error switch
    {
        Errno.ENOENT => ": there is nothing",
        Errno.EACCES or Errno.EPERM => ": the namespace of another user's process takes CAP_SYS_PTRACE, and root may read the file",
        _ => "",
    };
}
