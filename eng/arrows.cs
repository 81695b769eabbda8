#!/usr/bin/env dotnet
#:package Microsoft.CodeAnalysis.CSharp
#:property PublishAot=false
#:property IsPackable=false

// Prints which rooms (folders) of an assembly use which, counted by names in the source that mean something declared in
// the other, and marks the arrows that point up, by the order in eng/rooms.txt. Exits with 1 if there are any.
// Usage: dotnet run eng/arrows.cs [-- [--list] [ASSEMBLY [FROM TO]]]
//   --list    the places too of every arrow that points up; with FROM and TO, of that arrow
// Needs the projects to be built, for what they refer to.

using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

string repository = Path.GetDirectoryName(Path.GetDirectoryName(ThisFile())!)!;
List<string> rest = [.. args];
bool list = rest.Remove("--list");
int wrong = 0;
foreach ((string assembly, Rooms rooms) in Rooms.ReadAll(Path.Combine(repository, "eng", "rooms.txt")))
{
    if (rest.Count > 0 && rest[0] != assembly) continue;
    List<Arrow> arrows = Source.Arrows(Path.Combine(repository, "src", assembly), assembly, rooms);
    if (rest.Count == 3)
    {
        foreach (Arrow arrow in arrows.Where(arrow => arrow.From == rest[1] && arrow.To == rest[2])) Console.WriteLine(arrow);
        continue;
    }

    Print(assembly, arrows, rooms);
    foreach (Arrow arrow in arrows.Where(arrow => rooms.PointsUp(arrow.From, arrow.To, arrow.File)))
    {
        wrong++;
        if (list) Console.WriteLine($"  {arrow}");
    }

    Console.WriteLine();
}

return wrong == 0 ? 0 : 1;

static string ThisFile([CallerFilePath] string path = "") => path;

static void Print(string assembly, List<Arrow> arrows, Rooms rooms)
{
    Dictionary<(string From, string To), int> all = arrows.CountBy(arrow => (arrow.From, arrow.To)).ToDictionary();
    Dictionary<(string From, string To), int> up = arrows.Where(arrow => rooms.PointsUp(arrow.From, arrow.To, arrow.File))
        .CountBy(arrow => (arrow.From, arrow.To)).ToDictionary();
    Console.WriteLine($"{assembly}: {arrows.Count} uses across rooms, {up.Values.Sum()} of them against the order");
    foreach (string room in rooms.Order)
    {
        List<string> parts = [];
        foreach (string other in rooms.Order)
        {
            if (!all.TryGetValue((room, other), out int count)) continue;
            parts.Add(up.TryGetValue((room, other), out int bad) ? $"{other} {count} (UP {bad})" : $"{other} {count}");
        }

        Console.WriteLine($"  {room,-16} -> {(parts.Count == 0 ? "nothing" : string.Join(", ", parts))}");
    }
}

/// <summary>One use of something in another room.</summary>
internal sealed record Arrow(string From, string To, string File, int Line, string Name)
{
    public override string ToString() => $"{From} -> {To}: {File}:{Line}: {Name}";
}

/// <summary>The rooms of an assembly in their order.</summary>
internal sealed class Rooms
{
    private readonly Dictionary<string, int> _levels = [];
    private readonly HashSet<(string File, string Room)> _exceptions = [];

    public List<string> Order { get; } = [];

    public static List<(string Assembly, Rooms Rooms)> ReadAll(string path)
    {
        List<(string, Rooms)> all = [];
        bool begins = true;
        foreach (string line in File.ReadLines(path).Where(line => !line.StartsWith('#')))
        {
            if (line.Length == 0)
            {
                begins = true;
                continue;
            }

            if (begins) all.Add((line, new Rooms()));
            else all[^1].Item2.Add(line);
            begins = false;
        }

        return all;
    }

    private void Add(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words[0] == "except")
        {
            _exceptions.Add((words[1], words[2]));
            return;
        }

        int level = _levels.Count == 0 ? 0 : _levels.Values.Max() + 1;
        foreach (string room in words)
        {
            _levels.Add(room, level);
            Order.Add(room);
        }
    }

    /// <summary>The room of a file, by its path in the project.</summary>
    public string Of(string file)
    {
        string? folder = Path.GetDirectoryName(file);
        while (!string.IsNullOrEmpty(folder) && !_levels.ContainsKey(folder)) folder = Path.GetDirectoryName(folder);
        return string.IsNullOrEmpty(folder) ? "." : folder;
    }

    public bool PointsUp(string from, string to, string file) =>
        from != to && _levels[to] <= _levels[from] && !_exceptions.Contains((file, to));
}

internal static class Source
{
    public static List<Arrow> Arrows(string folder, string assembly, Rooms rooms)
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
