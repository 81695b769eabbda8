// Prints which rooms (folders) of an assembly use which, counted by names in the source that mean something declared in
// the other, and marks the arrows that point up, by the order in eng/rooms.txt. Exits with 1 if there are any.
// Usage: dotnet run --project eng/Arrows [-- [--list] [ASSEMBLY [FROM TO]]]
//   --list    the places too of every arrow that points up; with FROM and TO, of that arrow
// Needs the projects to be built, for what they refer to.

using System.Runtime.CompilerServices;
using Ebpf.Walls;

string repository = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));
List<string> rest = [.. args];
bool list = rest.Remove("--list");
int wrong = 0;
foreach ((string assembly, Rooms rooms) in Rooms.ReadAll(Path.Combine(repository, "eng", "rooms.txt")))
{
    if (rest.Count > 0 && rest[0] != assembly) continue;
    List<Arrow> arrows = SourceArrows.Find(Path.Combine(repository, "src", assembly), assembly, rooms);
    if (rest.Count == 3)
    {
        foreach (Arrow arrow in arrows.Where(arrow => arrow.From == rest[1] && arrow.To == rest[2])) Console.WriteLine(arrow);
        continue;
    }

    Print(assembly, arrows, rooms);
    foreach (Arrow arrow in arrows.Where(arrow => rooms.IsForbidden(arrow.From, arrow.To, arrow.File)))
    {
        wrong++;
        if (list) Console.WriteLine($"  {arrow}");
    }

    Console.WriteLine();
}

return wrong == 0 ? 0 : 1;

static string ThisFile([CallerFilePath] string path = "") => path;

static void Print(string assembly, List<Arrow> arrows, Rooms rooms)
{
    Dictionary<(string From, string To), int> all = arrows.CountBy(arrow => (arrow.From, arrow.To)).ToDictionary();
    Dictionary<(string From, string To), int> up = arrows.Where(arrow => rooms.IsForbidden(arrow.From, arrow.To, arrow.File))
        .CountBy(arrow => (arrow.From, arrow.To)).ToDictionary();
    Console.WriteLine($"{assembly}: {arrows.Count} uses across rooms, {up.Values.Sum()} of them against the order");
    foreach (string room in rooms.Order)
    {
        List<string> parts = [];
        foreach (string other in rooms.Order)
        {
            if (!all.TryGetValue((room, other), out int count)) continue;
            parts.Add(up.TryGetValue((room, other), out int bad) ? $"{other} {count} (UP {bad})" : $"{other} {count}");
        }

        Console.WriteLine($"  {room,-16} -> {(parts.Count == 0 ? "nothing" : string.Join(", ", parts))}");
    }
}
