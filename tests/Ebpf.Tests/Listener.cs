namespace Ebpf.Tests;

/// <summary>Is told in the thread that tells, unlike <see cref="Progress{T}"/>.</summary>
internal sealed class Listener<T>(Action<T> listen) : IProgress<T>
{
    public void Report(T value) => listen(value);
}
