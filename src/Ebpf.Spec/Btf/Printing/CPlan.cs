using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Printing;

/// <summary>What is known of a type while C is written.</summary>
[Flags]
internal enum CTypeState : byte
{
    None = 0,

    /// <summary>Its name is used: it needs one that nothing else has.</summary>
    Seen = 1,

    /// <summary>What it needs is being looked for.</summary>
    Open = 2,

    /// <summary>What a pointer to it needs stands before.</summary>
    ReadyAsReference = 4,

    /// <summary>The same, where a structure that was not declared before would be another one.</summary>
    ReadyInPrototype = 8,

    /// <summary>What a value of it needs stands before, and its layout is known.</summary>
    ReadyAsValue = 16,

    /// <summary>A structure or union is declared.</summary>
    Declared = 32,

    /// <summary>It is defined.</summary>
    Defined = 64,

    /// <summary>It, or one of its values, has another name than in BTF.</summary>
    Renamed = 128,
}

/// <summary>One thing to write.</summary>
/// <param name="Id">The type.</param>
/// <param name="DeclareOnly">Whether it is only declared: <c>struct name;</c>.</param>
internal readonly record struct CItem(uint Id, bool DeclareOnly);

/// <summary>
/// Finds the order in which types must be written for C: what a value is made of first, and a declaration of what is only
/// pointed at where C needs one. Walks without recursion.
/// </summary>
/// <remarks>
/// A pointer to a structure declares it by itself, except among the parameters of a function, where the declaration ends
/// with the prototype. A typedef and an enumeration must stand before any use of them.
/// </remarks>
internal sealed class CPlan
{
    private readonly TypeSource _source;
    private readonly uint _firstWritten;
    private readonly bool _followPointers;
    private readonly List<CItem> _items = [];
    private readonly Queue<uint> _pointedAt = [];
    private Frame[] _stack = new Frame[64];
    private int _depth;

    /// <param name="source">The types.</param>
    /// <param name="firstWritten">Types with smaller ids are taken as written elsewhere.</param>
    /// <param name="followPointers">Whether what is pointed at is defined too.</param>
    public CPlan(TypeSource source, uint firstWritten, bool followPointers)
    {
        _source = source;
        _firstWritten = firstWritten;
        _followPointers = followPointers;
        States = new CTypeState[source.EndId];
        Layout = new CLayout(source);
    }

    private enum Need : byte
    {
        Reference,
        InPrototype,
        Value,
    }

    /// <summary>What is known of each type.</summary>
    public CTypeState[] States { get; }

    /// <summary>Sizes and alignments of all that is defined.</summary>
    public CLayout Layout { get; }

    /// <summary>What is to be written, in order.</summary>
    public List<CItem> Items => _items;

    /// <summary>Adds all types that can be written by themselves.</summary>
    public void AddAll()
    {
        for (uint id = _firstWritten; id < _source.EndId; id++)
        {
            BtfRecord record = _source.Record(id);
            switch (record.Kind)
            {
                case BtfKind.Struct or BtfKind.Union when record.NameOffset != 0:
                    Run(id, Need.Value);
                    break;
                case BtfKind.Typedef:
                case BtfKind.Enum or BtfKind.Enum64 when record.NameOffset != 0:
                    Run(id, Need.Reference);
                    break;
            }
        }

        // Enumerations that nothing uses are there for the names of their values.
        for (uint id = _firstWritten; id < _source.EndId; id++)
        {
            BtfRecord record = _source.Record(id);
            if (record.Kind is BtfKind.Enum or BtfKind.Enum64 && record.NameOffset == 0 && record.Length > 0) AddLoose(id);
        }
    }

    /// <summary>Adds one type with what it needs; nothing itself if it has no name, or is no type of its own.</summary>
    public void Add(uint id)
    {
        switch (_source.KindOf(id))
        {
            case BtfKind.Struct or BtfKind.Union:
                Run(id, Need.Value);
                break;
            case BtfKind.Forward or BtfKind.FunctionPrototype:
                Run(id, Need.InPrototype);
                break;
            case BtfKind.Function:
                uint prototype = _source.Record(id).SizeOrType;
                if (_source.KindOf(prototype) != BtfKind.FunctionPrototype)
                    throw TypeSource.Malformed(id, $"is a function of type {prototype}, no prototype");
                Run(prototype, Need.InPrototype);
                break;
            case BtfKind.Enum or BtfKind.Enum64 when _source.Record(id).NameOffset == 0:
                AddLoose(id);
                break;
            default:
                Run(id, Need.Reference);
                break;
        }

        while (_pointedAt.TryDequeue(out uint target)) Run(target, Need.Value);
    }

    private void AddLoose(uint id)
    {
        if ((States[id] & (CTypeState.Seen | CTypeState.Defined)) != 0) return;
        States[id] |= CTypeState.Seen | CTypeState.Defined;
        _items.Add(new CItem(id, DeclareOnly: false));
    }

    private void Run(uint root, Need need)
    {
        Enter(root, need, 0);
        while (_depth > 0)
        {
            ref Frame frame = ref _stack[_depth - 1];
            if (frame.Next == frame.Count)
            {
                Leave(frame);
                continue;
            }

            (uint child, Need childNeed) = Child(ref frame);
            Enter(child, childNeed, frame.Unit);
        }
    }

    /// <summary>Settles what a type needs at once, or puts it on the stack.</summary>
    /// <param name="id">The type.</param>
    /// <param name="need">What for.</param>
    /// <param name="unit">The definition in which it is met.</param>
    private void Enter(uint id, Need need, uint unit)
    {
        if (id == 0) return;
        BtfRecord record = _source.Record(id);
        ref CTypeState mark = ref States[id];
        switch (record.Kind)
        {
            case BtfKind.Int:
                break;
            case BtfKind.Float when CNumbers.IsFloatForBpf(record.SizeOrType):
                break;
            case BtfKind.Float:
            case BtfKind.Enum or BtfKind.Enum64:
                mark |= CTypeState.Seen;
                if (record.NameOffset != 0) Define(id);
                break;
            case BtfKind.Forward:
                mark |= CTypeState.Seen;
                if (need == Need.InPrototype) Declare(id);
                break;
            case BtfKind.Struct or BtfKind.Union when record.NameOffset != 0:
                if (need != Need.Value)
                {
                    if (_followPointers && (mark & CTypeState.Seen) == 0) _pointedAt.Enqueue(id);
                    mark |= CTypeState.Seen;
                    if (need == Need.InPrototype && id != unit) Declare(id);
                    break;
                }

                mark |= CTypeState.Seen;
                Open(id, Need.Value, id, record.Length);
                break;
            case BtfKind.Struct or BtfKind.Union:
                Open(id, Need.Value, unit, record.Length);
                break;
            case BtfKind.Typedef:
                mark |= CTypeState.Seen;
                Open(id, need == Need.Value ? Need.Value : Need.Reference, id, need == Need.Value ? 2 : 1);
                break;
            case BtfKind.FunctionPrototype:
                Open(id, need, unit, record.Length + 1);
                break;
            case BtfKind.Pointer or BtfKind.Array:
            case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                Open(id, need, unit, 1);
                break;
            case BtfKind.Variable when _depth == 0:
                Open(id, Need.Reference, unit, 1);
                break;
            default:
                if (_depth > 0) throw TypeSource.Malformed(id, $"of kind {(int)record.Kind} is used as a type");
                break;
        }
    }

    private void Open(uint id, Need need, uint unit, int count)
    {
        ref CTypeState mark = ref States[id];
        if ((mark & Ready(need)) != 0) return;
        if ((mark & CTypeState.Open) != 0) throw TypeSource.Malformed(id, "is made of itself");
        mark |= CTypeState.Open;
        if (_depth == _stack.Length) Array.Resize(ref _stack, _depth * 2);
        _stack[_depth++] = new Frame(id, _source.Record(id).Kind, need, unit, count);
    }

    private (uint Id, Need Need) Child(ref Frame frame)
    {
        int index = frame.Next++;
        BtfRecord record = _source.Record(frame.Id);
        Need passed = frame.Need == Need.InPrototype ? Need.InPrototype : Need.Reference;
        switch (frame.Kind)
        {
            case BtfKind.Struct or BtfKind.Union:
                return (record.Word((index * 3) + 1), Need.Value);
            case BtfKind.Array:
                return (record.Word(0), Need.Value);
            case BtfKind.Pointer:
                return (record.SizeOrType, passed);
            case BtfKind.FunctionPrototype:
                return index == 0 ? (record.SizeOrType, passed) : (record.Word(((index - 1) * 2) + 1), Need.InPrototype);
            case BtfKind.Typedef when index == 0:
                // The typedef can name what is not complete yet; a value of it cannot.
                return (record.SizeOrType, Need.Reference);
            case BtfKind.Typedef:
                Define(frame.Id);
                States[frame.Id] &= ~CTypeState.Open;
                return (record.SizeOrType, Need.Value);
            default:
                return (record.SizeOrType, frame.Need);
        }
    }

    private void Leave(Frame frame)
    {
        _depth--;
        uint id = frame.Id;
        BtfRecord record = _source.Record(id);
        States[id] = (States[id] & ~CTypeState.Open) | Ready(frame.Need);
        bool value = frame.Need == Need.Value;
        switch (frame.Kind)
        {
            case BtfKind.Struct or BtfKind.Union:
                Layout.AddComposite(id);
                if (record.NameOffset != 0) Define(id);
                break;
            case BtfKind.Array:
                Layout.AddArray(id, record.Word(0), record.Word(2));
                break;
            case BtfKind.Typedef:
                Define(id);
                if (value) Layout.AddAlias(id, record.SizeOrType);
                break;
            case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag when value:
                Layout.AddAlias(id, record.SizeOrType);
                break;
        }
    }

    private void Define(uint id)
    {
        if ((States[id] & CTypeState.Defined) != 0) return;
        States[id] |= CTypeState.Defined;
        if (id >= _firstWritten) _items.Add(new CItem(id, DeclareOnly: false));
    }

    private void Declare(uint id)
    {
        if ((States[id] & (CTypeState.Declared | CTypeState.Defined)) != 0) return;
        States[id] |= CTypeState.Declared;
        if (id >= _firstWritten) _items.Add(new CItem(id, DeclareOnly: true));
    }

    // What is good for a value is good for a pointer; but only a prototype asks for declarations.
    private static CTypeState Ready(Need need) => need switch
    {
        Need.Value => CTypeState.ReadyAsValue,
        Need.InPrototype => CTypeState.ReadyInPrototype,
        _ => CTypeState.ReadyAsReference,
    };

    private record struct Frame(uint Id, BtfKind Kind, Need Need, uint Unit, int Count)
    {
        public int Next { get; set; }
    }
}
