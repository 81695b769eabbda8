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
        string? table = kernel.ReadText("/proc/self/mounts");
        Span<Range> words = stackalloc Range[4];
        foreach (ReadOnlySpan<char> line in table.AsSpan().EnumerateLines())
        {
            // Device, place, type, options: proc(5).
            if (line.Split(words, ' ') == words.Length && line[words[2]].SequenceEqual(fileSystem))
                places.Add(Unescape(line[words[1]]));
        }

        return places;
    }

    /// <summary>
    /// The type of the file system that holds an absolute path, as far as its text tells: symbolic links in it are not followed.
    /// </summary>
    /// <returns><c>null</c> for a relative path, and without a table.</returns>
    public static string? TypeAt(LinuxKernel kernel, string path)
    {
        string? type = null;
        int longest = 0;
        string? table = kernel.ReadText("/proc/self/mounts");
        Span<Range> words = stackalloc Range[4];
        foreach (ReadOnlySpan<char> line in table.AsSpan().EnumerateLines())
        {
            if (line.Split(words, ' ') != words.Length) continue;
            string place = Unescape(line[words[1]]);
            bool holds = path.StartsWith(place, StringComparison.Ordinal)
                && (place.EndsWith('/') || path.Length == place.Length || path[place.Length] == '/');

            // Of two mounts at one place the later one hides the other.
            if (!holds || place.Length < longest) continue;
            longest = place.Length;
            type = line[words[2]].ToString();
        }

        return type;
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
