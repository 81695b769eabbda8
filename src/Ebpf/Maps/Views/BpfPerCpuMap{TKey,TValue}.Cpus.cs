using System.Diagnostics.CodeAnalysis;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <content>The value of one CPU, and one value for all CPUs.</content>
public sealed unsafe partial class BpfPerCpuMap<TKey, TValue>
{
    /// <summary>BPF_F_CPU: only the CPU whose number is in the upper 32 bits of the flags.</summary>
    private const ulong OneCpu = 8;

    /// <summary>BPF_F_ALL_CPUS: one value, written for every CPU.</summary>
    private const ulong AllCpus = 16;

    private static readonly Version Since = new(6, 19);

    /// <summary>Gets the value of one CPU, without those of the others. Since Linux 6.19.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cpu">The number of the CPU, below <see cref="CpuCount"/>.</param>
    /// <param name="value">The value; <c>default</c> if there is no element.</param>
    /// <returns>Whether the map holds <paramref name="key"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such CPU.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is older. Use <see cref="TryGetValues"/>.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public bool TryGetValue(in TKey key, int cpu, out TValue value)
    {
        CheckCpu(cpu);
        value = default;
        fixed (TKey* keyPointer = &key)
        fixed (TValue* valuePointer = &value)
        {
            Errno error = Map.Kernel.LookupElement(Map.Handle, keyPointer, valuePointer, FlagsOf(cpu));
            if (error is not (Errno.None or Errno.ENOENT)) ThrowFailed("look up", error);
            return error == Errno.None;
        }
    }

    /// <summary>
    /// Writes the value of one CPU, and keeps those of the others, which are zero if the element is new. Since Linux 6.19.
    /// </summary>
    /// <remarks>
    /// There are no flags, as there are none for <see cref="UpdateAllCpus"/>: where a CPU is given, the kernel ignores whether
    /// the element may or must exist already.
    /// </remarks>
    /// <param name="key">The key.</param>
    /// <param name="cpu">The number of the CPU, below <see cref="CpuCount"/>.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such CPU.</exception>
    /// <exception cref="FeatureNotSupportedException">
    /// The kernel is older. Use <see cref="Update(in TKey, ReadOnlySpan{TValue}, MapUpdateFlags)"/>.
    /// </exception>
    /// <exception cref="BpfException">The map is full, or the kernel refused for another reason.</exception>
    public void UpdateCpu(in TKey key, int cpu, in TValue value)
    {
        CheckCpu(cpu);
        WriteOne(in key, in value, FlagsOf(cpu));
    }

    /// <summary>Writes the same value for every CPU. Since Linux 6.19.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="FeatureNotSupportedException">
    /// The kernel is older. Use <see cref="Update(in TKey, ReadOnlySpan{TValue}, MapUpdateFlags)"/>.
    /// </exception>
    /// <exception cref="BpfException">The map is full, or the kernel refused for another reason.</exception>
    public void UpdateAllCpus(in TKey key, in TValue value) => WriteOne(in key, in value, AllCpus);

    private static ulong FlagsOf(int cpu) => OneCpu | ((ulong)cpu << 32);

    private void WriteOne(in TKey key, in TValue value, ulong flags)
    {
        fixed (TKey* keyPointer = &key)
        fixed (TValue* valuePointer = &value)
        {
            Errno error = Map.Kernel.UpdateElement(Map.Handle, keyPointer, valuePointer, flags);
            if (error != Errno.None) ThrowFailed("update", error);
        }
    }

    private void CheckCpu(int cpu) =>
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)cpu, (uint)CpuCount, nameof(cpu));

    [DoesNotReturn]
    private void ThrowFailed(string what, Errno error)
    {
        // An older kernel wants values of all CPUs, before it sees flags that it does not know: EFAULT, if no memory follows.
        if (error is Errno.EINVAL or Errno.EFAULT && KernelFacts.Of(Map.Kernel).Version < Since)
        {
            throw new FeatureNotSupportedException(
                $"{char.ToUpperInvariant(what[0])}{what[1..]} in map \"{Map.Name}\"", "values of single CPUs", Since, error);
        }

        Map.ThrowFailed(what, error);
    }
}
