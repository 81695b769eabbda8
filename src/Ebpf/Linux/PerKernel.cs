using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Ebpf.Linux;

/// <summary>What is known about each kernel, made when first asked for and kept as long as the kernel object: one object for all threads.</summary>
/// <typeparam name="T">What is known.</typeparam>
/// <param name="create">Makes it.</param>
internal sealed class PerKernel<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(Func<LinuxKernel, T> create)
    where T : class
{
    private readonly ConditionalWeakTable<LinuxKernel, T> _known = [];

    public T Of(LinuxKernel kernel) => _known.TryGetValue(kernel, out T? known) ? known : _known.GetOrAdd(kernel, create);
}

/// <summary>An answer of yes or no that is kept once it is certain. Read and written in one piece, whatever other threads do.</summary>
internal struct CertainAnswer
{
    private const int Yes = 1, No = 2;

    private int _answer;

    /// <summary>Gets the answer; asks as long as it is not certain.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="ask">Asks; <c>null</c> if it cannot be told.</param>
    public bool? Get(LinuxKernel kernel, Func<LinuxKernel, bool?> ask)
    {
        switch (Volatile.Read(ref _answer))
        {
            case Yes: return true;
            case No: return false;
        }

        bool? answer = ask(kernel);
        if (answer is { } certain) Volatile.Write(ref _answer, certain ? Yes : No);
        return answer;
    }
}
