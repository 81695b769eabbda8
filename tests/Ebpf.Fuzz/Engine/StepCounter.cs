using System.Reflection;
using System.Runtime.Loader;

namespace Ebpf.Fuzz.Engine;

/// <summary>
/// Counts the steps (basic blocks) that the library takes to read an object, in a copy of it that counts: the same number on
/// every machine, however slow or busy. What the runtime does for it is not counted.
/// </summary>
/// <remarks>One at a time: all threads that use the copy count together.</remarks>
public sealed class StepCounter
{
    private readonly FieldInfo _steps;
    private readonly MethodInfo _load;

    private StepCounter()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("ebpf-steps-").FullName, "Ebpf.Spec.dll");
        Instrumenter.CountSteps(typeof(CollectionSpec).Assembly.Location, path);
        AssemblyLoadContext context = new("steps");
        Assembly library;
        using (FileStream file = File.OpenRead(path)) library = context.LoadFromStream(file);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        _steps = library.GetType(Instrumenter.ClassName)!.GetField(Instrumenter.StepsField)!;
        Type spec = library.GetType("Ebpf.CollectionSpec")!;
        _load = spec.GetMethod(
            nameof(CollectionSpec.Load), [typeof(ReadOnlyMemory<byte>), library.GetType("Ebpf.ObjectReaderOptions")!])!;
    }

    /// <summary>The copy, which is made when it is first asked for.</summary>
    public static StepCounter Instance => Lazy.Value;

    private static Lazy<StepCounter> Lazy { get; } = new(() => new StepCounter());

    /// <summary>Counts the steps of reading an object and linking its programs.</summary>
    /// <param name="image">The object; one that is refused counts until then.</param>
    /// <param name="program">The name of the only program to be linked; <c>null</c> links all.</param>
    public long Read(ReadOnlyMemory<byte> image, string? program = null)
    {
        Take(image, program);
        long before = (long)_steps.GetValue(null)!;

        // What happens once in a process (tables that are made) has happened.
        Take(image, program);
        return (long)_steps.GetValue(null)! - before;
    }

    private void Take(ReadOnlyMemory<byte> image, string? program)
    {
        try
        {
            dynamic spec = _load.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [image, null], null)!;
            foreach (dynamic one in spec.Programs.Values)
            {
                if (program is null || one.Name == program) _ = one.Instructions;
            }
        }
        catch (Exception error) when (error.GetType().FullName == typeof(ObjectFormatException).FullName)
        {
        }
    }
}
