using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace Ebpf.Tests.Walls;

/// <summary>
/// The number of a descriptor is taken inside of a borrow, which keeps the descriptor open: nowhere but in the seam does anybody get at
/// it in another way.
/// </summary>
public sealed class DescriptorWallTests
{
    private static readonly string[] WaysToTheNumber =
        ["DangerousGetHandle", "DangerousAddRef", "DangerousRelease", "BeginUse", "EndUse", "SetHandle"];

    [Fact]
    public void Ebpf_TakesNumbersOfDescriptorsInLinuxOnly() =>
        Assert.DoesNotContain(CallersOf("Ebpf.dll"), caller => caller.Namespace != "Ebpf.Linux" && caller.Name != nameof(BpfHandle));

    [Fact]
    public void CallersOf_AssemblyThatTakesOne_NamesTheType()
    {
        using SafeHandle handle = File.OpenHandle("/dev/null");
        Assert.NotEqual(0, handle.DangerousGetHandle());

        Assert.Contains(new TypeName("Ebpf.Tests.Walls", nameof(DescriptorWallTests)), CallersOf("Ebpf.Tests.dll"));
        Assert.Contains(new TypeName("Ebpf", nameof(BpfHandle)), CallersOf("Ebpf.dll"));
    }

    private static HashSet<TypeName> CallersOf(string assembly)
    {
        using PEReader file = new(File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly)));
        MetadataReader metadata = file.GetMetadataReader();
        HashSet<TypeName> callers = [];
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            MethodDefinition method = metadata.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0) continue;
            BlobReader code = file.GetMethodBody(method.RelativeVirtualAddress).GetILReader();
            if (InstructionScan.Tokens(code).Exists(call => WaysToTheNumber.Contains(NameOf(metadata, MetadataTokens.Handle(call.Token)))))
                callers.Add(Outermost(metadata, metadata.GetTypeDefinition(method.GetDeclaringType())));
        }

        return callers;
    }

    private static string NameOf(MetadataReader metadata, Handle handle) => handle.Kind switch
    {
        HandleKind.MemberReference => metadata.GetString(metadata.GetMemberReference((MemberReferenceHandle)handle).Name),
        HandleKind.MethodDefinition => metadata.GetString(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).Name),
        _ => "",
    };

    private static TypeName Outermost(MetadataReader metadata, TypeDefinition type)
    {
        while (type.IsNested) type = metadata.GetTypeDefinition(type.GetDeclaringType());
        return new TypeName(metadata.GetString(type.Namespace), metadata.GetString(type.Name));
    }
}
