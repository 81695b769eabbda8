using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Common;
using Ebpf.Linux;
using Ebpf.Spec.Tests.Btf;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Loading;

/// <summary>
/// The running kernel, with one module more: a file with its types, and BTF that says it is that of the module. Programs are not
/// loaded, but shown.
/// </summary>
internal sealed unsafe class FakeModule : IDisposable
{
    public const string Name = "fake_module";

    private readonly string _path = Directory.CreateTempSubdirectory("ebpf-module-").FullName;
    private readonly BpfBtf _btf = BpfBtf.Load(new BtfBlob(EndianReader.Host).Parse());

    /// <param name="functions">The functions of the module, each <c>int f(int)</c>; one of the same name again is <c>int f(void)</c>.</param>
    public FakeModule(params string[] functions)
        : this(null, functions)
    {
    }

    /// <param name="addTypes">Adds more types of the module; is given the id of <c>int</c>.</param>
    /// <param name="functions">The functions of the module, each <c>int f(int)</c>.</param>
    public FakeModule(Action<BtfBlob, uint>? addTypes, params string[] functions)
    {
        BtfSpec own = KernelBtf.GetTypes();
        BtfBlob blob = new(EndianReader.Host, (uint)own.Count, own.Strings.End);
        uint number = own.Get<IntType>("int").Id.Value;
        uint prototype = blob.Prototype(number, ("a", number));
        uint other = blob.Prototype(number);
        HashSet<string> known = [];
        foreach (string function in functions)
        {
            uint id = blob.Function(function, known.Add(function) ? prototype : other, FunctionLinkage.Static);
            if (FirstFunction == 0) FirstFunction = id;
        }

        addTypes?.Invoke(blob, number);
        File.WriteAllBytes(Path.Combine(_path, Name), blob.Build());
        File.Copy($"/sys/kernel/btf/{KernelTypes.KernelName}", Path.Combine(_path, KernelTypes.KernelName));
        Kernel = NewKernel();
    }

    public FaultyKernel Kernel { get; }

    public uint FirstFunction { get; }

    /// <summary>What the kernel answers to who asks for the BTF that there is.</summary>
    public Errno ListError { get; set; }

    /// <summary>Whether programs are shown, and refused with EBUSY, rather than loaded.</summary>
    public bool ShowsPrograms { get; set; } = true;

    /// <summary>The instructions of the program that was to be loaded.</summary>
    public InstructionCodes Shown { get; private set; } = new([], 0, 0, 0);

    /// <summary>One more kernel with the module.</summary>
    public FaultyKernel NewKernel() => new() { Replacements = { ["/sys/kernel/btf"] = _path }, OnBpf = Answer };

    public void Dispose()
    {
        _btf.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    private Errno? Answer(BpfCommand command, nint attr)
    {
        switch (command)
        {
            case BpfCommand.BtfGetNextId when ListError != Errno.None:
                return ListError;
            case BpfCommand.BtfGetNextId:
                ObjectIdAttr* ids = (ObjectIdAttr*)attr;
                if (ids->Id >= _btf.Id) return Errno.ENOENT;
                ids->NextId = _btf.Id;
                return Errno.None;
            case BpfCommand.ObjectGetInfo when ((ObjectInfoAttr*)attr)->InfoSize == sizeof(KernelBtfInfo):
                KernelBtfInfo* info = (KernelBtfInfo*)((ObjectInfoAttr*)attr)->Info;
                System.Text.Encoding.UTF8.GetBytes(Name + '\0').CopyTo(new Span<byte>(info->Name, (int)info->NameSize));
                info->Id = _btf.Id;
                info->IsKernel = 1;
                return Errno.None;
            case BpfCommand.ProgramLoad when ShowsPrograms:
                Show((ProgramLoadAttr*)attr);
                return Errno.EBUSY;
            default:
                return null;
        }
    }

    private void Show(ProgramLoadAttr* load)
    {
        ulong[] slots = new Span<ulong>(load->Instructions, (int)load->InstructionCount).ToArray();
        int descriptor = load->DescriptorArray == null ? 0 : load->DescriptorArray[1];
        Shown = new InstructionCodes(slots, descriptor, load->AttachBtfId, load->AttachTarget);
    }

    internal sealed record InstructionCodes(ulong[] Slots, int Descriptor, uint AttachType, int AttachTarget)
    {
        /// <summary>The calls of kfuncs: position in the array, and type.</summary>
        public List<(int Position, uint TypeId)> KfuncCalls =>
            [.. Slots.Where(slot => (slot & 0xf0ff) == 0x2085).Select(slot => ((int)(ushort)(slot >> 16), (uint)(slot >> 32)))];

        /// <summary>The wide loads of what BTF describes: type, and BTF.</summary>
        public List<(uint TypeId, int Btf)> KernelAddresses =>
        [
            .. Enumerable.Range(0, Slots.Length)
                .Where(i => (Slots[i] & 0xf0ff) == 0x3018)
                .Select(i => ((uint)(Slots[i] >> 32), (int)(Slots[i + 1] >> 32))),
        ];
    }
}
