using System.Runtime.InteropServices;
using Ebpf.Btf.Building;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <content>Types of another BTF.</content>
public sealed partial class BtfBuilder
{
    private readonly Dictionary<BtfSpec, NameImport> _imports = [];
    private readonly Dictionary<(BtfSpec Owner, uint Id), uint> _copies = [];

    /// <summary>
    /// Copies a type of another BTF, of either byte order, with all types that it refers to and the declaration tags on them.
    /// Types that were copied before are not copied again.
    /// </summary>
    /// <param name="type">
    /// The type. A type of <see cref="Base"/>, or of the BTF given to <see cref="From"/>, is not copied.
    /// </param>
    /// <returns>The id of the type in this BTF.</returns>
    /// <exception cref="ObjectFormatException">
    /// The type refers to a type that does not exist or is of an unknown kind. Nothing was added.
    /// </exception>
    public BtfTypeId Add(BtfType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (type is VoidType) return BtfTypeId.Void;
        uint number = type.Id.Value;
        if (TryFind(type.Owner, number, out uint known)) return new BtfTypeId(known);

        CopyPlan plan = new(this);
        plan.Include(type.Owner, number);
        plan.Carry();
        return new BtfTypeId(_copies[(type.Owner, number)]);
    }

    /// <summary>The type's id here, if it need not be copied.</summary>
    private bool TryFind(BtfSpec owner, uint id, out uint known)
    {
        known = id;
        if (ReferenceEquals(owner, _source)) return true;
        for (BtfSpec? below = _base; below is not null; below = below.Base)
        {
            if (ReferenceEquals(owner, below)) return true;
        }

        return _copies.TryGetValue((owner, id), out known);
    }

    private NameImport ImportFrom(BtfSpec owner)
    {
        ref NameImport? import = ref CollectionsMarshal.GetValueRefOrAddDefault(_imports, owner, out _);
        return import ??= new NameImport(owner.Strings, _strings);
    }

    /// <summary>
    /// What one call copies. All of it is found before anything is added: a type after those that it refers to, since kernels
    /// before Linux 6.3 stumble over variables that come first; only circles break that order.
    /// </summary>
    private sealed class CopyPlan(BtfBuilder target)
    {
        private readonly Dictionary<(BtfSpec Owner, uint Id), uint> _ids = [];
        private readonly List<uint> _words = [];
        private readonly List<Found> _order = [];
        private readonly List<Found> _path = [];
        private uint _nextId = target._types.EndId;

        /// <summary>Finds a type, all that it refers to, and the tags on all of that.</summary>
        public void Include(BtfSpec owner, uint id)
        {
            Reach(owner, id);
            for (int i = 0; i < _order.Count; i++)
            {
                Found found = _order[i];
                foreach (TagIndex.Tag tag in found.Owner.OwnTags().Find(found.Id)) Reach(found.Owner, tag.Id);
            }
        }

        /// <summary>Adds what was found.</summary>
        public void Carry()
        {
            foreach (Found found in _order) target.ImportFrom(found.Owner).Import(Record(found));
            foreach (Found found in _order)
            {
                Span<uint> record = Record(found);
                foreach (int at in RecordWords.TypeIds(record)) record[at] = IdOf(found.Owner, record[at]);
                uint id = target._types.Add(record);
                if (RecordWords.KindOf(record) is BtfKind.Struct or BtfKind.Union)
                    target._origins.Add(id, (found.Owner, found.Id));
            }

            foreach (((BtfSpec Owner, uint Id) source, uint id) in _ids) target._copies.Add(source, id);
        }

        private Span<uint> Record(Found found)
        {
            Span<uint> tail = CollectionsMarshal.AsSpan(_words)[found.Start..];
            return tail[..RecordWords.WordsOf(tail[1])];
        }

        private uint IdOf(BtfSpec owner, uint id)
        {
            if (id == 0) return 0;
            owner = owner.OwnerOf(id);
            return target.TryFind(owner, id, out uint known) ? known : _ids[(owner, id)];
        }

        /// <summary>Goes down to everything that is not known yet, and gives ids on the way back up.</summary>
        private void Reach(BtfSpec owner, uint id)
        {
            Enter(owner, id);
            while (_path.Count > 0)
            {
                Found found = _path[^1];
                WordIndices.Enumerator fields = found.Fields;
                bool more = fields.MoveNext();
                _path[^1] = found with { Fields = fields };
                if (more)
                {
                    uint next = _words[found.Start + fields.Current];
                    if (next != 0) Enter(found.Owner.OwnerOf(next), next);
                    continue;
                }

                _ids[(found.Owner, found.Id)] = _nextId++;
                _order.Add(found);
                _path.RemoveAt(_path.Count - 1);
            }
        }

        private void Enter(BtfSpec owner, uint id)
        {
            if (target.TryFind(owner, id, out _) || !_ids.TryAdd((owner, id), 0)) return;
            int start = _words.Count;
            owner.CopyWords(id, _words);
            ReadOnlySpan<uint> record = CollectionsMarshal.AsSpan(_words)[start..];
            _path.Add(new Found(owner, id, start, RecordWords.TypeIds(record).GetEnumerator()));
        }

        private readonly record struct Found(BtfSpec Owner, uint Id, int Start, WordIndices.Enumerator Fields);
    }
}
