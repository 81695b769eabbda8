using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Ebpf.Walls;

namespace Ebpf.Tests.Walls;

/// <summary>Which rooms a built assembly has, and which of them use which: its code and signatures, placed by its PDB.</summary>
internal sealed class RoomFacts
{
    // PortablePdb-Metadata.md: the documents of a type that has no method.
    private static readonly Guid TypeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly string _assembly;
    private readonly MetadataReader _metadata;
    private readonly MetadataReader _places;
    private readonly Dictionary<string, string> _homes = [];

    private RoomFacts(string assembly, PEReader file, MetadataReader places)
    {
        _assembly = assembly;
        _metadata = file.GetMetadataReader();
        _places = places;
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
        {
            if (Home(handle) is { } home) _homes[NameOf(handle)] = home;
        }

        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions) Read(file, handle);
    }

    /// <summary>The files of the assembly that declare something.</summary>
    public IReadOnlyCollection<string> Files => _homes.Values;

    /// <summary>What uses what: the file of the user, the name of the used type, and the file of that.</summary>
    public HashSet<(string User, string Used, string Home)> Uses { get; } = [];

    /// <param name="path">The assembly; its PDB is beside it.</param>
    /// <param name="project">The folder of its project, from the root of the repository: <c>src/Ebpf</c>.</param>
    public static RoomFacts Of(string path, string project)
    {
        using PEReader file = new(File.OpenRead(path));
        using MetadataReaderProvider places = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(path, ".pdb")));
        return new RoomFacts($"/{project}/", file, places.GetMetadataReader());
    }

    /// <summary>The arrows that point up, one line each.</summary>
    public List<string> Against(Rooms rooms) =>
    [
        .. from use in Uses
           let @from = rooms.Of(use.User)
           let to = rooms.Of(use.Home)
           where rooms.IsForbidden(@from, to, use.User)
           orderby @from, to, use.User, use.Used
           select $"{@from} -> {to}: {use.User} uses {use.Used}",
    ];

    private void Read(PEReader file, TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        if ((GeneratedHome(handle) ?? _homes.GetValueOrDefault(NameOf(handle))) is not { } home) return;
        UsedTypes signatures = UsedIn(home);
        signatures.Add(type.BaseType);
        foreach (InterfaceImplementationHandle each in type.GetInterfaceImplementations())
            signatures.Add(_metadata.GetInterfaceImplementation(each).Interface);
        foreach (FieldDefinitionHandle each in type.GetFields()) signatures.Add(each);
        foreach (MethodDefinitionHandle each in type.GetMethods())
        {
            MethodDefinition method = _metadata.GetMethodDefinition(each);
            string place = FileOf(each) ?? home;
            UsedTypes used = UsedIn(place);
            method.DecodeSignature(used, null);
            if (method.RelativeVirtualAddress == 0) continue;
            MethodBodyBlock body = file.GetMethodBody(method.RelativeVirtualAddress);
            if (!body.LocalSignature.IsNil) used.Add(body.LocalSignature);
            foreach (ExceptionRegion region in body.ExceptionRegions) used.Add(region.CatchType);
            foreach ((_, int token) in InstructionScan.Tokens(body.GetILReader()))
            {
                Handle named = MetadataTokens.Handle(token);
                if (named.Kind == HandleKind.MethodDefinition) Call((MethodDefinitionHandle)named, place);
                else if (named.Kind != HandleKind.UserString) used.Add((EntityHandle)named);
            }
        }
    }

    /// <summary>A method of a type in several files lives where its own code is.</summary>
    private void Call(MethodDefinitionHandle method, string place)
    {
        string type = NameOf(_metadata.GetMethodDefinition(method).GetDeclaringType());
        if ((FileOf(method) ?? _homes.GetValueOrDefault(type)) is { } home && home != place) Uses.Add((place, type, home));
    }

    private UsedTypes UsedIn(string place) => new(_metadata, name =>
    {
        if (_homes.TryGetValue(name, out string? home) && home != place) Uses.Add((place, name, home));
    });

    /// <summary>The full name of a type; that of the outermost for a nested one.</summary>
    private string NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        while (type.IsNested) type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        return $"{_metadata.GetString(type.Namespace)}.{_metadata.GetString(type.Name)}";
    }

    /// <summary>The file that declares a type; of several the one with the shortest name, as <c>X.cs</c> before <c>X.Part.cs</c>.</summary>
    private string? Home(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        if (type.IsNested) return null;
        List<string> files = [.. type.GetMethods().Select(FileOf).OfType<string>()];
        foreach (CustomDebugInformationHandle each in _places.GetCustomDebugInformation(handle))
        {
            CustomDebugInformation information = _places.GetCustomDebugInformation(each);
            if (_places.GetGuid(information.Kind) != TypeDocuments) continue;
            BlobReader documents = _places.GetBlobReader(information.Value);
            while (documents.RemainingBytes > 0)
            {
                if (FileOf(MetadataTokens.DocumentHandle(documents.ReadCompressedInteger())) is { } file) files.Add(file);
            }
        }

        return files.MinBy(file => Path.GetFileName(file).Length);
    }

    /// <summary>The file of what the compiler made for a lambda, whose fields are what that uses; <c>null</c> for other types.</summary>
    private string? GeneratedHome(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        return type.IsNested && _metadata.GetString(type.Name).StartsWith('<')
            ? type.GetMethods().Select(FileOf).OfType<string>().FirstOrDefault()
            : null;
    }

    private string? FileOf(MethodDefinitionHandle method)
    {
        MethodDebugInformation information = _places.GetMethodDebugInformation(method);
        if (!information.Document.IsNil) return FileOf(information.Document);
        if (information.SequencePointsBlob.IsNil) return null;
        return information.GetSequencePoints().Select(point => FileOf(point.Document)).FirstOrDefault();
    }

    private string? FileOf(DocumentHandle document)
    {
        string path = _places.GetString(_places.GetDocument(document).Name).Replace('\\', '/');
        int start = path.IndexOf(_assembly, StringComparison.Ordinal);
        string? file = start < 0 ? null : path[(start + _assembly.Length)..];
        return file is null || file.StartsWith("obj/", StringComparison.Ordinal) ? null : file;
    }
}
