using System.Runtime.InteropServices;
using Ebpf.Asm;
using Ebpf.Links.Usdt;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Usdt;

/// <summary>A collection with a program that reads all arguments of a probe, and what it has read.</summary>
internal sealed class UsdtFixture : IDisposable
{
    public const int Einval = -22, Enoent = -2;

    public UsdtFixture(string name = "usdt", BpfKernel? kernel = null, int? process = null, Action<CollectionSpec>? change = null)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path(name));
        spec.Variables["traced_process"].Set((uint)(process ?? Environment.ProcessId));
        foreach (string program in new[] { "on_probe_sleepable", "on_plain" })
        {
            if (spec.Programs.TryGetValue(program, out ProgramSpec? other)) other.AutoLoad = false;
        }

        change?.Invoke(spec);
        Collection = BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
    }

    public BpfCollection Collection { get; }

    public BpfProgram Program => Collection.Programs["on_probe"];

    public ulong Hits => Collection.Variables["hits"].Get<ulong>();

    public long Count => Collection.Variables["count"].Get<long>();

    public ulong Cookie => Collection.Variables["cookie"].Get<ulong>();

    public ulong Address => Collection.Variables["address"].Get<ulong>();

    /// <summary>The values of the arguments that there are.</summary>
    public long[] Values => Read("values");

    /// <summary>What <c>bpf_usdt_arg()</c> returned for each of them.</summary>
    public long[] Errors => Read("errors");

    /// <summary>How often the first argument was 0, 1 and so on.</summary>
    public long[] First => MemoryMarshal.Cast<byte, long>(Collection.Variables["first"].ToArray()).ToArray();

    /// <summary>How many descriptions of arguments can still be written.</summary>
    public uint FreeSpecs => Collection.Maps[UsdtMaps.SpecsName].Slots!.Free;

    /// <summary>Attaches in this process to a probe of the library.</summary>
    public BpfLink Attach(string probe, ulong cookie = 0, Microsoft.Extensions.Logging.ILogger? logger = null) => Program.AttachUsdt(
        UsdtTarget.Library, "target", probe, new UsdtOptions { Cookie = cookie, Scope = ProcessScope.ThisProcess, Logger = logger });

    public void Dispose() => Collection.Dispose();

    /// <summary>A kernel as before Linux 5.15, without cookies and without links to many uprobes.</summary>
    public static unsafe FaultyKernel WithoutCookies()
    {
        return new FaultyKernel
        {
            OnBpf = static (command, pointer) =>
            {
                if (command != Ebpf.Linux.BpfCommand.ProgramLoad) return null;
                ProgramLoadAttr* attr = (ProgramLoadAttr*)pointer;
                if (attr->ExpectedAttachType == AttachType.TraceUprobeMulti) return Errno.EINVAL;
                ReadOnlySpan<ulong> code = new(attr->Instructions, (int)attr->InstructionCount);
                foreach (ulong instruction in code)
                {
                    // Program type tracepoint alone: how it is found out whether there are cookies.
                    bool isCall = (byte)instruction == 0x85 && (int)(instruction >> 32) == (int)Helper.GetAttachCookie;
                    if (isCall && attr->Type == ProgramType.Tracepoint) return Errno.EINVAL;
                }

                return null;
            },
        };
    }

    private long[] Read(string name) => MemoryMarshal.Cast<byte, long>(Collection.Variables[name].ToArray())[..(int)Math.Min(Count, 12)].ToArray();
}
