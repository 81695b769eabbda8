using System.Buffers;
using System.Numerics;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;
using Fields = System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembersAttribute;

namespace Ebpf;

/// <summary>Reduces the values of all CPUs to one value, without allocating.</summary>
public static class PerCpuReductions
{
    /// <summary>Returns the sum of the values of all CPUs under a key.</summary>
    /// <typeparam name="TKey">The type of keys.</typeparam>
    /// <typeparam name="TValue">The type of numbers.</typeparam>
    /// <param name="map">The map.</param>
    /// <param name="key">The key.</param>
    /// <returns>The sum, which wraps around on overflow; 0 if there is no element under the key.</returns>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public static TValue Sum<[Fields(ManagedLayout.Fields)] TKey, [Fields(ManagedLayout.Fields)] TValue>(this BpfPerCpuMap<TKey, TValue> map, in TKey key)
        where TKey : unmanaged
        where TValue : unmanaged, INumber<TValue>
    {
        TryReduce(map, in key, TValue.Zero, static (sum, value) => sum + value, out TValue result);
        return result;
    }

    /// <summary>Returns the smallest of the values of all CPUs under a key.</summary>
    /// <typeparam name="TKey">The type of keys.</typeparam>
    /// <typeparam name="TValue">The type of numbers.</typeparam>
    /// <param name="map">The map.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="KeyNotFoundException">There is no element under the key.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public static TValue Min<[Fields(ManagedLayout.Fields)] TKey, [Fields(ManagedLayout.Fields)] TValue>(this BpfPerCpuMap<TKey, TValue> map, in TKey key)
        where TKey : unmanaged
        where TValue : unmanaged, INumber<TValue>, IMinMaxValue<TValue> =>
        TryReduce(map, in key, TValue.MaxValue, static (least, value) => TValue.Min(least, value), out TValue result)
            ? result
            : throw NotFound(map, key);

    /// <summary>Returns the largest of the values of all CPUs under a key.</summary>
    /// <typeparam name="TKey">The type of keys.</typeparam>
    /// <typeparam name="TValue">The type of numbers.</typeparam>
    /// <param name="map">The map.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="KeyNotFoundException">There is no element under the key.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public static TValue Max<[Fields(ManagedLayout.Fields)] TKey, [Fields(ManagedLayout.Fields)] TValue>(this BpfPerCpuMap<TKey, TValue> map, in TKey key)
        where TKey : unmanaged
        where TValue : unmanaged, INumber<TValue>, IMinMaxValue<TValue> =>
        TryReduce(map, in key, TValue.MinValue, static (most, value) => TValue.Max(most, value), out TValue result)
            ? result
            : throw NotFound(map, key);

    /// <summary>Reduces the values of all CPUs under a key to one value, one after the other.</summary>
    /// <typeparam name="TKey">The type of keys.</typeparam>
    /// <typeparam name="TValue">The type of one CPU's value.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="map">The map.</param>
    /// <param name="key">The key.</param>
    /// <param name="seed">The initial result.</param>
    /// <param name="step">
    /// Computes the next result from the result so far and the value of the next CPU. A <c>static</c> function does not allocate.
    /// </param>
    /// <param name="result">The last result; <paramref name="seed"/> if there is no element under the key.</param>
    /// <returns>Whether the map holds <paramref name="key"/>.</returns>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public static bool TryReduce<[Fields(ManagedLayout.Fields)] TKey, [Fields(ManagedLayout.Fields)] TValue, TResult>(
        this BpfPerCpuMap<TKey, TValue> map, in TKey key, TResult seed, Func<TResult, TValue, TResult> step, out TResult result)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(step);
        result = seed;
        TValue[] values = ArrayPool<TValue>.Shared.Rent(map.CpuCount);
        try
        {
            Span<TValue> perCpu = values.AsSpan(0, map.CpuCount);
            if (!map.TryGetValues(in key, perCpu)) return false;
            foreach (TValue value in perCpu) result = step(result, value);
            return true;
        }
        finally
        {
            ArrayPool<TValue>.Shared.Return(values);
        }
    }

    /// <summary>Returns the sum of the values of all CPUs of an enumerated element.</summary>
    /// <typeparam name="TKey">The type of keys.</typeparam>
    /// <typeparam name="TValue">The type of numbers.</typeparam>
    /// <param name="element">The element.</param>
    /// <returns>The sum, which wraps around on overflow.</returns>
    public static TValue Sum<[Fields(ManagedLayout.Fields)] TKey, [Fields(ManagedLayout.Fields)] TValue>(this BpfPerCpuMap<TKey, TValue>.Element element)
        where TKey : unmanaged
        where TValue : unmanaged, INumber<TValue>
    {
        TValue sum = TValue.Zero;
        for (int i = 0; i < element.CpuCount; i++) sum += element[i];
        return sum;
    }

    /// <summary>Returns the smallest of the values of all CPUs of an enumerated element.</summary>
    /// <inheritdoc cref="Sum{TKey, TValue}(BpfPerCpuMap{TKey, TValue}.Element)" path="/typeparam"/>
    /// <param name="element">The element.</param>
    public static TValue Min<[Fields(ManagedLayout.Fields)] TKey, [Fields(ManagedLayout.Fields)] TValue>(this BpfPerCpuMap<TKey, TValue>.Element element)
        where TKey : unmanaged
        where TValue : unmanaged, INumber<TValue>
    {
        TValue least = element[0];
        for (int i = 1; i < element.CpuCount; i++) least = TValue.Min(least, element[i]);
        return least;
    }

    /// <summary>Returns the largest of the values of all CPUs of an enumerated element.</summary>
    /// <inheritdoc cref="Sum{TKey, TValue}(BpfPerCpuMap{TKey, TValue}.Element)" path="/typeparam"/>
    /// <param name="element">The element.</param>
    public static TValue Max<[Fields(ManagedLayout.Fields)] TKey, [Fields(ManagedLayout.Fields)] TValue>(this BpfPerCpuMap<TKey, TValue>.Element element)
        where TKey : unmanaged
        where TValue : unmanaged, INumber<TValue>
    {
        TValue most = element[0];
        for (int i = 1; i < element.CpuCount; i++) most = TValue.Max(most, element[i]);
        return most;
    }

    private static KeyNotFoundException NotFound<[Fields(ManagedLayout.Fields)] TKey, [Fields(ManagedLayout.Fields)] TValue>(BpfPerCpuMap<TKey, TValue> map, TKey key)
        where TKey : unmanaged
        where TValue : unmanaged =>
        new($"Map \"{map.Map.Name}\" has no element under the key {key}.");
}
