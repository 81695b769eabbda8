using System.Text;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>Where file systems are mounted, as this process sees it.</summary>
internal static class MountTable
{
    /// <summary>The places at which file systems of one type are mounted, in the order of mounting.</summary>
    public static List<string> PlacesOf(LinuxKernel kernel, string fileSystem)
    {
        List<string> places = [];
        ForEach(kernel, (place, type) =>
        {
            if (type == fileSystem) places.Add(place);
        });
        return places;
    }

    /// <summary>
    /// The type of the file system that holds an absolute path, as far as its text tells: symbolic links in it are not followed.
    /// </summary>
    /// <returns><c>null</c> for a relative path, and without a table.</returns>
    public static string? TypeAt(LinuxKernel kernel, string path)
    {
        string? found = null;
        int longest = 0;
        ForEach(kernel, (place, type) =>
        {
            bool holds = path.StartsWith(place, StringComparison.Ordinal)
                && (place.EndsWith('/') || path.Length == place.Length || path[place.Length] == '/');

            // Of two mounts at one place the later one hides the other.
            if (!holds || place.Length < longest) return;
            longest = place.Length;
            found = type;
        });
        return found;
    }

    /// <summary>Walks over the table: where, and which type of file system.</summary>
    private static void ForEach(LinuxKernel kernel, Action<string, string> mount)
    {
        ReadOnlySpan<char> table = kernel.ReadText(KernelPaths.Mounts);
        Span<Range> words = stackalloc Range[4];

        // Lines end at line feeds alone: the kernel writes those in names as \012, but leaves form feeds and U+2028 as they are.
        foreach (Range range in table.Split('\n'))
        {
            // Device, place, type, options: proc(5).
            ReadOnlySpan<char> line = table[range];
            if (line.Split(words, ' ') == words.Length) mount(Unescape(line[words[1]]), line[words[2]].ToString());
        }
    }

    /// <summary>The table has spaces and their like as three octal digits: <c>\040</c>.</summary>
    private static string Unescape(ReadOnlySpan<char> place)
    {
        if (!place.Contains('\\')) return place.ToString();
        StringBuilder text = new(place.Length);
        for (int i = 0; i < place.Length; i++)
        {
            if (place[i] == '\\' && i + 3 < place.Length && !place.Slice(i + 1, 3).ContainsAnyExceptInRange('0', '7'))
            {
                text.Append((char)(((place[i + 1] - '0') * 64) + ((place[i + 2] - '0') * 8) + place[i + 3] - '0'));
                i += 3;
            }
            else
            {
                text.Append(place[i]);
            }
        }

        return text.ToString();
    }
}
