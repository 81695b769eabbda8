using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Ebpf.Btf;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>C# that was written for types, compiled and loaded.</summary>
internal sealed class CompiledTypes : IDisposable
{
    private const BindingFlags Everything = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is "System.Private.CoreLib.dll" or "System.Runtime.dll" or "System.Memory.dll")
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    private readonly AssemblyLoadContext _context = new("printed", isCollectible: true);

    private CompiledTypes(Assembly assembly) => Assembly = assembly;

    public Assembly Assembly { get; private set; }

    /// <summary>Compiles; any error or warning fails the test.</summary>
    public static CompiledTypes Of(string source, DocumentationMode documentation = DocumentationMode.Diagnose)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(documentationMode: documentation));
        CSharpCompilation compilation = CSharpCompilation.Create(
            $"printed{Guid.NewGuid():N}",
            [tree],
            References.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, checkOverflow: true, optimizationLevel: OptimizationLevel.Release));
        using MemoryStream image = new();
        Microsoft.CodeAnalysis.Emit.EmitResult result = compilation.Emit(image);
        Assert.Empty(result.Diagnostics.Where(problem => problem.Severity >= DiagnosticSeverity.Warning).Take(10));
        CompiledTypes types = new(null!);
        types.Assembly = types._context.LoadFromStream(new MemoryStream(image.ToArray()));
        return types;
    }

    /// <summary>Compiles some types, without a namespace.</summary>
    public static CompiledTypes Of(BtfSpec types, params BtfType[] roots)
    {
        CSharpWriter writer = new(types);
        foreach (BtfType root in roots) writer.Add(root);
        using StringWriter text = new();
        writer.Write(text);
        return Of(text.ToString());
    }

    public Type this[string name] => Assembly.GetType(name, throwOnError: true)!;

    public static FieldInfo[] FieldsOf(Type type) => type.GetFields(Everything);

    public static PropertyInfo[] PropertiesOf(Type type) => type.GetProperties(Everything);

    public static int SizeOf(Type type) => RuntimeHelpers.SizeOf(type.TypeHandle);

    /// <summary>The bytes of a boxed value.</summary>
    public static Span<byte> BytesOf(object boxed) =>
        MemoryMarshal.CreateSpan(ref Unsafe.As<Box>(boxed).First, SizeOf(boxed.GetType()));

    /// <summary>
    /// Where the fields begin, by taking their addresses: reading them by reflection is one atomic load each, which Arm64 without
    /// FEAT_LSE2 answers with SIGBUS where a field is not aligned.
    /// </summary>
    public static Dictionary<FieldInfo, int> OffsetsOf(Type type)
    {
        FieldInfo[] fields = FieldsOf(type);
        DynamicMethod method = new("OffsetsOf", typeof(void), [typeof(byte).MakeByRefType(), typeof(int[])], typeof(object).Module, skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        for (int i = 0; i < fields.Length; i++)
        {
            code.Emit(OpCodes.Ldarg_1);
            code.Emit(OpCodes.Ldc_I4, i);
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Ldflda, fields[i]);
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Sub);
            code.Emit(OpCodes.Conv_I4);
            code.Emit(OpCodes.Stelem_I4);
        }

        code.Emit(OpCodes.Ret);
        int[] offsets = new int[fields.Length];
        method.CreateDelegate<OffsetWriter>()(ref BytesOf(RuntimeHelpers.GetUninitializedObject(type))[0], offsets);
        return fields.Zip(offsets).ToDictionary();
    }

    public void Dispose() => _context.Unload();

    private delegate void OffsetWriter(ref byte start, int[] offsets);

    private sealed class Box
    {
        public byte First;
    }
}
