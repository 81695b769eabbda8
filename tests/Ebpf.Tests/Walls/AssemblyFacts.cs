using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Ebpf.Tests.Walls;

/// <summary>One use of something by the code, or a signature, of a type.</summary>
/// <param name="User">The outermost type that uses it.</param>
/// <param name="Used">The full name of the type used, or the text of the string.</param>
internal readonly record struct Use(TypeName User, string Used);

/// <summary>The name of a type; nested types bear the name of the outermost one.</summary>
internal readonly record struct TypeName(string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";
}

/// <summary>What a built assembly says about itself: whom it names, what it imports, which strings it holds.</summary>
internal sealed class AssemblyFacts
{
    private readonly MetadataReader _metadata;

    private AssemblyFacts(PEReader file)
    {
        _metadata = file.GetMetadataReader();
        References = [.. _metadata.AssemblyReferences.Select(handle => Text(_metadata.GetAssemblyReference(handle).Name))];
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions) Read(file, handle);
    }

    /// <summary>The names of the assemblies that it refers to.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary>The types that other assemblies can see.</summary>
    public List<TypeName> PublicTypes { get; } = [];

    /// <summary>The methods that live in native libraries, by name.</summary>
    public List<Use> Imports { get; } = [];

    /// <summary>The types, of this assembly and others, that code and signatures name.</summary>
    public HashSet<Use> Types { get; } = [];

    /// <summary>The strings in code.</summary>
    public List<Use> Strings { get; } = [];

    public static AssemblyFacts Of(string path)
    {
        using PEReader file = new(File.OpenRead(path));
        return new AssemblyFacts(file);
    }

    private void Read(PEReader file, TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        TypeName user = Outermost(type);
        if ((type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public) PublicTypes.Add(user);

        UsedTypes used = new(_metadata, name => Types.Add(new Use(user, name)));
        used.Add(type.BaseType);
        foreach (InterfaceImplementationHandle each in type.GetInterfaceImplementations())
            used.Add(_metadata.GetInterfaceImplementation(each).Interface);
        foreach (FieldDefinitionHandle each in type.GetFields()) used.Add(each);
        foreach (MethodDefinitionHandle each in type.GetMethods())
        {
            MethodDefinition method = _metadata.GetMethodDefinition(each);
            used.Add(each);
            if ((method.Attributes & MethodAttributes.PinvokeImpl) != 0)
                Imports.Add(new Use(user, Text(method.Name)));
            else if (method.RelativeVirtualAddress != 0)
                Read(file.GetMethodBody(method.RelativeVirtualAddress), user, used);
        }
    }

    private void Read(MethodBodyBlock body, TypeName user, UsedTypes used)
    {
        if (!body.LocalSignature.IsNil) used.Add(body.LocalSignature);
        foreach (ExceptionRegion region in body.ExceptionRegions) used.Add(region.CatchType);
        foreach ((_, int token) in InstructionScan.Tokens(body.GetILReader()))
        {
            Handle handle = MetadataTokens.Handle(token);
            if (handle.Kind == HandleKind.UserString)
                Strings.Add(new Use(user, _metadata.GetUserString((UserStringHandle)handle)));
            else
                used.Add((EntityHandle)handle);
        }
    }

    private TypeName Outermost(TypeDefinition type)
    {
        while (type.IsNested) type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        return new TypeName(Text(type.Namespace), Text(type.Name));
    }

    private string Text(StringHandle handle) => _metadata.GetString(handle);
}
