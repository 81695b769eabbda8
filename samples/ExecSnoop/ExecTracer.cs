using Ebpf;

namespace ExecSnoop;

/// <summary>Sees every program that is started on the machine, from its creation until it is disposed.</summary>
internal sealed class ExecTracer : IDisposable
{
    private readonly BpfCollection _collection;
    private readonly BpfLinkSet _links;
    private readonly BpfQueue<ExecEvent> _events;
    private readonly BpfVariable _lost;

    /// <summary>Loads exec_snoop.bpf.c, which the build embedded as an object, and attaches what it is asked for.</summary>
    /// <param name="failures">Whether to see attempts that failed too.</param>
    /// <exception cref="BpfException">The kernel refused: no permission, no such tracepoint.</exception>
    public ExecTracer(bool failures)
    {
        using Stream bpfObject = typeof(ExecTracer).Assembly.GetManifestResourceStream("exec_snoop.bpf.o")!;
        CollectionSpec spec = CollectionSpec.Load(bpfObject);

        // What is not attached need not be loaded.
        foreach (ProgramSpec program in spec.Programs.Values)
            program.AutoLoad = failures || program.Name == "on_exec";

        _collection = BpfCollection.Load(spec);
        try
        {
            _events = _collection.Maps["events"].AsQueue<ExecEvent>();
            _lost = _collection.Variables["lost"];

            // Every program says in the name of its section where it belongs: all of them, or none.
            _links = _collection.AttachAll();
        }
        catch
        {
            _collection.Dispose();
            throw;
        }
    }

    /// <summary>What is attached, a line for each program.</summary>
    public IEnumerable<string> Attached => _links.Outcomes.Select(outcome => outcome.ToString());

    /// <summary>How many events found no room in the queue.</summary>
    public ulong Lost => _lost.Get<ulong>();

    /// <summary>Takes the next event.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryRead(out ExecEvent next) => _events.TryPop(out next);

    /// <summary>Detaches and unloads the programs.</summary>
    public void Dispose()
    {
        _links.Dispose();
        _collection.Dispose();
    }
}
