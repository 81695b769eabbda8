namespace Ebpf.Walls;

/// <summary>The rooms (folders) of an assembly, in their order, from the top.</summary>
internal sealed class Rooms
{
    private readonly Dictionary<string, int> _levels = [];
    private readonly HashSet<(string File, string Room)> _exceptions = [];

    /// <summary>The rooms; the root of the assembly is <c>.</c>.</summary>
    public List<string> Order { get; } = [];

    /// <summary>The files that may reach up, and to which room.</summary>
    public IReadOnlyCollection<(string File, string Room)> Exceptions => _exceptions;

    /// <summary>Reads <c>eng/rooms.txt</c>, which says how it is written.</summary>
    public static List<(string Assembly, Rooms Rooms)> ReadAll(string path)
    {
        List<(string, Rooms)> all = [];
        bool begins = true;
        foreach (string line in File.ReadLines(path).Where(line => !line.StartsWith('#')))
        {
            if (line.Length > 0 && begins) all.Add((line, new Rooms()));
            else if (line.Length > 0) all[^1].Item2.Add(line);
            begins = line.Length == 0;
        }

        return all;
    }

    /// <summary>Reads the lines of one assembly.</summary>
    public static Rooms Read(IEnumerable<string> lines)
    {
        Rooms rooms = new();
        foreach (string line in lines) rooms.Add(line);
        return rooms;
    }

    /// <summary>The room of a file, by its path in the project.</summary>
    public string Of(string file)
    {
        string? folder = Path.GetDirectoryName(file);
        while (!string.IsNullOrEmpty(folder) && !_levels.ContainsKey(folder)) folder = Path.GetDirectoryName(folder);
        return string.IsNullOrEmpty(folder) ? "." : folder;
    }

    /// <summary>Whether a room is above another one, or beside it.</summary>
    public bool IsUp(string from, string to) => from != to && LevelOf(to) <= LevelOf(from);

    /// <summary>Whether a file in a room may not use another room.</summary>
    public bool IsForbidden(string from, string to, string file) => IsUp(from, to) && !_exceptions.Contains((file, to));

    /// <summary>A root that has no line is above all.</summary>
    private int LevelOf(string room) => _levels.GetValueOrDefault(room, -1);

    private void Add(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words[0] == "except")
        {
            _exceptions.Add((words[1], words[2]));
            return;
        }

        int level = _levels.Count == 0 ? 0 : _levels.Values.Max() + 1;
        foreach (string room in words)
        {
            _levels.Add(room, level);
            Order.Add(room);
        }
    }
}
