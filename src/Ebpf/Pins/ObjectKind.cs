using Ebpf.Linux;

namespace Ebpf.Pins;

/// <summary>A kind of kernel object that has ids: how the kernel is asked for it, and what it is called in messages.</summary>
internal sealed record ObjectKind
{
    private ObjectKind(string name, string plural, BpfCommand open, BpfCommand next, PinnedObjectKind pinned)
    {
        Name = name;
        Plural = plural;
        OpenById = open;
        NextId = next;
        Pinned = pinned;
    }

    public static ObjectKind Map { get; } = new("map", "maps", BpfCommand.MapGetById, BpfCommand.MapGetNextId, PinnedObjectKind.Map);

    public static ObjectKind Program { get; } =
        new("program", "programs", BpfCommand.ProgramGetById, BpfCommand.ProgramGetNextId, PinnedObjectKind.Program);

    public static ObjectKind Link { get; } = new("link", "links", BpfCommand.LinkGetById, BpfCommand.LinkGetNextId, PinnedObjectKind.Link);

    public static ObjectKind Btf { get; } = new("BTF", "BTF", BpfCommand.BtfGetById, BpfCommand.BtfGetNextId, PinnedObjectKind.Unknown);

    public string Name { get; }

    public string Plural { get; }

    public BpfCommand OpenById { get; }

    public BpfCommand NextId { get; }

    /// <summary>The kind of pin; unknown for BTF, which cannot be pinned.</summary>
    public PinnedObjectKind Pinned { get; }

    /// <summary>The name of a kind of pin, for messages.</summary>
    public static string NameOf(PinnedObjectKind kind) => kind switch
    {
        PinnedObjectKind.Map => Map.Name,
        PinnedObjectKind.Program => Program.Name,
        PinnedObjectKind.Link => Link.Name,
        _ => "object",
    };
}
