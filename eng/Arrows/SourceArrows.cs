using System.Diagnostics;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ebpf.Walls;

/// <summary>One use of something in another room.</summary>
internal sealed record Arrow(string From, string To, string File, int Line, string Name)
{
    public override string ToString() => $"{From} -> {To}: {File}:{Line}: {Name}";
}

/// <summary>Finds the arrows in the source of an assembly.</summary>
internal static class SourceArrows
{
    public static List<Arrow> Find(string folder, string assembly, Rooms rooms)
    {
        CSharpCompilation compilation = Compile(folder, assembly);
        List<Arrow> arrows = [];
        foreach (SyntaxTree tree in compilation.SyntaxTrees.Where(tree => IsOurs(tree, folder)))
        {
            string file = Path.GetRelativePath(folder, tree.FilePath);
            SemanticModel model = compilation.GetSemanticModel(tree);
            foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (name.FirstAncestorOrSelf<UsingDirectiveSyntax>() is not null) continue;
                if (Home(model.GetSymbolInfo(name).Symbol, compilation) is not { } home || !home.StartsWith(folder, StringComparison.Ordinal)) continue;
                string from = rooms.Of(file), to = rooms.Of(Path.GetRelativePath(folder, home));
                int line = tree.GetLineSpan(name.Span).StartLinePosition.Line + 1;
                if (from != to) arrows.Add(new Arrow(from, to, file, line, name.ToString()));
            }
        }

        return arrows;
    }

    private static bool IsOurs(SyntaxTree tree, string folder) => tree.FilePath.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>The file in which a type or a member is declared; of a type in several, the one that bears its name.</summary>
    private static string? Home(ISymbol? symbol, CSharpCompilation compilation)
    {
        if (symbol is IMethodSymbol { ReducedFrom: { } extension }) symbol = extension;
        if (symbol is not (INamedTypeSymbol or IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol)) return null;
        symbol = symbol.OriginalDefinition;
        if (!SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, compilation.Assembly)) return null;
        if (symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } && symbol.IsImplicitlyDeclared) symbol = symbol.ContainingType;
        string[] files = [.. symbol.DeclaringSyntaxReferences.Select(reference => reference.SyntaxTree.FilePath)];
        return files.Length == 0 ? null : files.MinBy(file => Path.GetFileName(file).Length);
    }

    private static CSharpCompilation Compile(string folder, string assembly)
    {
        using JsonDocument items = JsonDocument.Parse(Items(Path.Combine(folder, assembly + ".csproj")));
        CSharpParseOptions options = new(LanguageVersion.Preview);
        List<SyntaxTree> trees =
        [
            .. Paths(items, "Compile").Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file)),
        ];
        return CSharpCompilation.Create(
            assembly,
            trees,
            Paths(items, "ReferencePath").Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, metadataImportOptions: MetadataImportOptions.All));
    }

    private static IEnumerable<string> Paths(JsonDocument items, string name) =>
        items.RootElement.GetProperty("Items").GetProperty(name).EnumerateArray()
            .Select(item => item.GetProperty("FullPath").GetString()!).Where(File.Exists);

    private static string Items(string project)
    {
        ProcessStartInfo start = new("dotnet",
        [
            "msbuild", project, "-p:Configuration=Release", "-p:BuildProjectReferences=false", "-t:ResolveReferences;GenerateGlobalUsings",
            "-getItem:Compile,ReferencePath",
        ])
        { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException(output);
    }
}
