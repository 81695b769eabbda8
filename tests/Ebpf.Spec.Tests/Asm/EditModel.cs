using Ebpf.Asm;
using static Ebpf.Asm.Instruction;
using static Ebpf.Asm.Register;

namespace Ebpf.Spec.Tests.Asm;

/// <summary>What a list of instructions should be after edits: nodes that know their targets, not distances.</summary>
internal sealed class EditModel
{
    private readonly List<Node> _nodes = [];
    private int _nextId;

    /// <param name="kinds">What the instructions are: 0 one slot, 1 wide, else something that leads somewhere.</param>
    /// <param name="targets">Where they lead, modulo the number of instructions and the end.</param>
    public EditModel(int[] kinds, int[] targets)
    {
        foreach (int kind in kinds) _nodes.Add(new Node(_nextId++, kind));
        for (int i = 0; i < kinds.Length; i++)
        {
            int target = targets[i] % (kinds.Length + 1);
            _nodes[i].Target = target == kinds.Length ? null : _nodes[target];
        }
    }

    public InstructionList Build()
    {
        InstructionList list = [];
        foreach (Node node in _nodes) list.Add(node.ToInstruction(Slot(node.Target) - Slot(node) - 1));
        return list;
    }

    public void Edit(InstructionList list, int kind, int place, int count)
    {
        if (kind == 0)
        {
            int index = place % (_nodes.Count + 1);
            List<Node> added = NewNodes(count);
            bool atEnd = index == _nodes.Count;
            _nodes.InsertRange(index, added);
            list.InsertRange(index, Instructions(added));

            // What is put at the end stands where jumps past the end lead.
            if (atEnd && count > 0) Redirect(null, added[0]);
            return;
        }

        if (_nodes.Count == 0) return;
        int first = place % _nodes.Count;
        int removed = kind == 1 ? Math.Min(count, _nodes.Count - first) : 1;
        List<Node> replacement = kind == 1 ? [] : NewNodes(count);
        List<Node> gone = _nodes.GetRange(first, removed);
        _nodes.RemoveRange(first, removed);
        _nodes.InsertRange(first, replacement);
        foreach (Node node in gone) Redirect(node, first < _nodes.Count ? _nodes[first] : null);
        if (kind == 1) list.RemoveRange(first, removed);
        else list.Replace(first, Instructions(replacement));
    }

    /// <summary>Makes many edits at once, as if from the last position to the first; those of what has gone already are left out.</summary>
    public void EditAtOnce(InstructionList list, (int Kind, int Place, int Count)[] edits)
    {
        int count = _nodes.Count, taken = count + 1;
        list.Edit(editor =>
        {
            foreach ((int kind, int place, int number) in edits.OrderByDescending(edit => edit.Place % count))
            {
                int index = place % count;
                int removed = kind switch { 0 => 0, 1 => number, _ => 1 };
                if (index >= taken || index + removed > taken || index + removed > count) continue;
                taken = index;
                List<Node> added = kind == 1 ? [] : NewNodes(number);
                List<Node> gone = _nodes.GetRange(index, removed);
                _nodes.RemoveRange(index, removed);
                _nodes.InsertRange(index, added);
                foreach (Node node in gone) Redirect(node, index < _nodes.Count ? _nodes[index] : null);
                if (kind == 0) editor.Insert(index, Instructions(added));
                else if (kind == 1) editor.RemoveRange(index, removed);
                else editor.Replace(index, Instructions(added));
            }
        });
    }

    public void AssertMatches(InstructionList list)
    {
        Assert.Equal(_nodes.Select(node => node.Id), list.Select(Node.IdOf));
        foreach (InstructionSlot item in list.Slots())
        {
            Node node = _nodes[item.Index];
            if (node.Leads) Assert.Equal(Slot(node.Target), item.Slot + 1 + item.Instruction.Distance);
        }
    }

    private List<Node> NewNodes(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Node(_nextId++, i % 2))];

    private static Instruction[] Instructions(List<Node> nodes) => [.. nodes.Select(node => node.ToInstruction(0))];

    private void Redirect(Node? from, Node? to)
    {
        foreach (Node node in _nodes)
        {
            if (node.Leads && node.Target == from) node.Target = to;
        }
    }

    private int Slot(Node? node) =>
        node is null ? _nodes.Sum(each => each.Slots) : _nodes.TakeWhile(each => each != node).Sum(each => each.Slots);

    private sealed class Node(int id, int kind)
    {
        public int Id => id;

        public Node? Target { get; set; }

        public bool Leads => kind > 1;

        public int Slots => kind is 1 or 5 ? 2 : 1;

        /// <summary>The instruction, with the id in a part that it has no other use for.</summary>
        public Instruction ToInstruction(int distance) => kind switch
        {
            0 => Mov(R0, id),
            1 => LoadImmediate64(R0, id),
            2 => JumpIf(JumpCondition.Equal, R1, id, (short)distance),
            3 => JumpLong(distance) with { Offset = (short)id },
            4 => CallFunction(distance) with { Offset = (short)id },
            _ => LoadFunctionAddress(R1, "x") with { Reference = null, Offset = (short)id, Immediate = (uint)distance },
        };

        public static int IdOf(Instruction instruction)
        {
            bool inOffset = instruction.HasDistance && !instruction.IsConditionalJump;
            return inOffset ? instruction.Offset : instruction.ImmediateLow;
        }
    }
}
