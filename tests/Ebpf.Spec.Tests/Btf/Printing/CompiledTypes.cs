using System.Reflection;
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

    /// <summary>Where a field begins, found out from a value whose every byte tells its own position.</summary>
    public static int OffsetOf(FieldInfo field, object[] planes)
    {
        int offset = 0;
        for (int i = 0; i < planes.Length; i++) offset |= BytesOf(field.GetValue(planes[i])!)[0] << (8 * i);
        return offset;
    }

    /// <summary>Values whose bytes together are the positions of the bytes.</summary>
    public static object[] Planes(Type type)
    {
        int size = SizeOf(type);
        object[] planes = new object[size <= 1 << 8 ? 1 : size <= 1 << 16 ? 2 : 4];
        for (int plane = 0; plane < planes.Length; plane++)
        {
            planes[plane] = RuntimeHelpers.GetUninitializedObject(type);
            Span<byte> bytes = BytesOf(planes[plane]);
            for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(i >> (8 * plane));
        }

        return planes;
    }

    public void Dispose() => _context.Unload();

    private sealed class Box
    {
        public byte First;
    }
}
