using System.Runtime.InteropServices;
using Ebpf.Asm;
using Ebpf.Linux;
using Ebpf.TestData;

namespace Ebpf.Tests.Maps;

/// <summary>A part of an object in the kernel: some of its programs, with the maps that these use.</summary>
internal sealed class LoadedMaps : IDisposable
{
    private readonly CollectionSpec _spec;
    private readonly BpfCollection _collection;

    /// <summary>Loads a part of an object.</summary>
    /// <param name="name">The object.</param>
    /// <param name="programs">The programs; no others are loaded.</param>
    /// <param name="maps">Maps beyond those that the programs use.</param>
    public LoadedMaps(string name, string[] programs, params string[] maps)
    {
        _spec = CollectionSpec.Load(TestObject.Path(name));
        HashSet<string> used = [.. maps];
        foreach ((string program, ProgramSpec spec) in _spec.Programs)
        {
            spec.AutoLoad = programs.Contains(program);
            if (!spec.AutoLoad) continue;
            foreach (Instruction instruction in spec.Instructions)
            {
                if (instruction.Reference is { Kind: ReferenceKind.Map } reference) used.Add(reference.Name);
            }
        }

        foreach ((string map, MapSpec spec) in _spec.Maps) spec.AutoCreate = spec.DataSection is not null || used.Contains(map);
        _collection = BpfCollection.Load(_spec);
    }

    public BpfMap this[string map] => _collection.Maps[map];

    public BpfProgram Program(string name) => _collection.Programs[name];

    /// <summary>Runs a program once, on a packet if it is one for packets.</summary>
    public int Run(string name)
    {
        BpfProgram program = _collection.Programs[name];
        return program.Type == ProgramType.RawTracepoint
            ? (int)program.TestRun(new TestRunOptions()).ReturnValue
            : (int)program.TestRun(Packets.Udp());
    }

    /// <summary>Sets a variable, and runs a program once.</summary>
    public int Run<T>(string name, string variable, T value)
        where T : unmanaged
    {
        Set(variable, value);
        return Run(name);
    }

    public T Get<T>(string variable)
        where T : unmanaged =>
        CollectionFixture.Read<T>(_collection, _spec.Variables[variable]);

    public void Set<T>(string variable, T value)
        where T : unmanaged
    {
        VariableSpec spec = _spec.Variables[variable];
        BpfMap section = _collection.Maps[spec.Section];
        byte[] content = new byte[section.ValueSize];
        Assert.True(section.TryGetValue(new byte[sizeof(uint)], content));
        MemoryMarshal.Write(content.AsSpan((int)spec.Offset), in value);
        section.Update(new byte[sizeof(uint)], content);
    }

    /// <summary>Attaches a program to a map or a cgroup, without a link.</summary>
    /// <returns>What detaches it.</returns>
    public IDisposable Attach(string program, SafeHandle target, uint flags = 0) =>
        new Attachment(_collection.Programs[program], target, flags);

    public void Dispose() => _collection.Dispose();

    private sealed class Attachment : IDisposable
    {
        private readonly BpfProgram _program;
        private readonly SafeHandle _target;

        public Attachment(BpfProgram program, SafeHandle target, uint flags)
        {
            _program = program;
            _target = target;
            Assert.Equal(Errno.None, Call((ref ProgramAttachAttr attr) => RunningKernel.Instance.AttachProgram(ref attr), flags));
        }

        private delegate Errno Calling(ref ProgramAttachAttr attr);

        public void Dispose() => Call((ref ProgramAttachAttr attr) => RunningKernel.Instance.DetachProgram(ref attr), 0);

        private Errno Call(Calling call, uint flags)
        {
            using BorrowedDescriptor target = _target.Borrow(), program = _program.Handle.Borrow();
            ProgramAttachAttr attr = new()
            {
                Target = target.Descriptor,
                Program = program.Descriptor,
                AttachType = _program.AttachType.GetValueOrDefault(),
                Flags = flags,
            };
            return call(ref attr);
        }
    }
}
