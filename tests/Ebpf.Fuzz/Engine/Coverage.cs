using System.Reflection;

namespace Ebpf.Fuzz.Engine;

/// <summary>The counters of the instrumented library.</summary>
internal static unsafe class Coverage
{
    /// <summary>More than this there may not be.</summary>
    public const int MaxCount = 1 << 15;

    /// <summary>How many there are; 0 if the library is not instrumented.</summary>
    public static int Count { get; } = (int)(Class?.GetField(Instrumenter.CountField)!.GetRawConstantValue() ?? 0);

    private static Type? Class => typeof(CollectionSpec).Assembly.GetType(Instrumenter.ClassName);

    /// <summary>Says where the counters count; before any other use of the library.</summary>
    public static void Use(Span<byte> map)
    {
        if (Count == 0) throw new InvalidOperationException("Ebpf.Spec.dll is not instrumented: run ./build.sh fuzz.");
        if (Count > map.Length) throw new InvalidOperationException($"{Count} counters, and memory for {map.Length} only.");
        fixed (byte* memory = map) Class!.GetField(Instrumenter.MapField)!.SetValue(null, Pointer.Box(memory, typeof(byte*)));
    }
}
