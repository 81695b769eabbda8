using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Represents a structure or a union.</summary>
public abstract class CompositeType : BtfType
{
    private Member[]? _members;
    private AnonymousPart[]? _anonymousParts;

    private protected CompositeType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => Size = record.SizeOrType;

    /// <summary>Gets the size, in bytes.</summary>
    public uint Size { get; }

    /// <summary>Gets the members, in the order of the source.</summary>
    public ImmutableArray<Member> Members => ImmutableCollectionsMarshal.AsImmutableArray(_members ??= ReadMembers());

    /// <summary>The anonymous structures and unions inside, level by level.</summary>
    internal ReadOnlySpan<AnonymousPart> AnonymousParts
    {
        get
        {
            if (_anonymousParts is { } known) return known;
            AnonymousPart[] parts = AnonymousPart.Of(this);
            if (parts.Length <= Limits.MaxAnonymousPartsKept) _anonymousParts = parts;
            return parts;
        }
    }

    /// <summary>What <see cref="TypeLayout"/> found; 0 before that.</summary>
    internal byte KnownAlignment { get; set; }

    /// <summary>The tags on one member.</summary>
    internal IReadOnlyList<string> MemberTags(int index) => GetTags(index);

    private Member[] ReadMembers()
    {
        BtfRecord record = Owner.Record(Id.Value);
        int length = record.Length;
        if (length == 0) return [];
        Member[] members = new Member[length];
        for (int i = 0; i < members.Length; i++) members[i] = new Member(this, i, Owner.MemberOf(record, i));

        // Two threads may both have read them: one result stands, so that a member can be compared by reference.
        return Interlocked.CompareExchange(ref _members, members, null) ?? members;
    }
}

/// <summary>Represents a structure.</summary>
public sealed class StructType : CompositeType
{
    internal StructType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Struct;
}

/// <summary>Represents a union.</summary>
public sealed class UnionType : CompositeType
{
    internal UnionType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Union;
}
