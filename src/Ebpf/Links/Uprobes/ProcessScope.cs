using System.Globalization;

namespace Ebpf;

/// <summary>In which processes a uprobe or a USDT probe counts.</summary>
/// <remarks>
/// <para>A value that can be used any number of times; that the process exists is looked at when a program is attached.</para>
/// <para>
/// A process is all of its threads, but not processes that it forks. Its id is that of the PID namespace of this process.
/// </para>
/// </remarks>
public sealed class ProcessScope
{
    private ProcessScope(int? id) => Id = id;

    /// <summary>Gets the scope of all processes, of now and later, of all users, in all containers.</summary>
    public static ProcessScope AllProcesses { get; } = new(null);

    /// <summary>Gets the scope of this process alone.</summary>
    public static ProcessScope ThisProcess { get; } = new(Environment.ProcessId);

    /// <summary>Gets the id of the process; <c>null</c> for all processes.</summary>
    public int? Id { get; }

    /// <summary>Whether it is this process.</summary>
    internal bool IsOwn => Id == Environment.ProcessId;

    /// <summary>As perf_event_open(2) has it: -1 for all.</summary>
    internal int Number => Id ?? -1;

    /// <summary>Creates the scope of one process.</summary>
    /// <param name="id">The id of the process.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="id"/> is 0 or negative.</exception>
    public static ProcessScope Process(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id);
        return new ProcessScope(id);
    }

    /// <summary>Returns the scope in words: <c>process 1234</c>.</summary>
    public override string ToString() => Id is { } id ? string.Create(CultureInfo.InvariantCulture, $"process {id}") : "all processes";
}
