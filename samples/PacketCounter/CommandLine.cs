using System.Globalization;
using Ebpf;

namespace PacketCounter;

/// <summary>What the user asked for.</summary>
internal sealed record CommandLine(string InterfaceName)
{
    public const string Usage =
        """
        Usage: packet-counter INTERFACE [OPTIONS]   counts the packets that arrive, until Ctrl-C
               packet-counter demo                  counts known traffic in network namespaces of its own
          -4, -6        counts only packets of this version of IP
          --generic     works with every driver, more slowly
          --seconds N   stops by itself after N seconds
        """;

    public XdpMode Mode { get; private init; } = XdpMode.Default;

    /// <summary>4 or 6; 0 counts everything.</summary>
    public uint IpVersion { get; private init; }

    /// <summary>How long to count; without end if not set.</summary>
    public TimeSpan Duration { get; private init; } = Timeout.InfiniteTimeSpan;

    /// <returns><c>null</c> if the arguments make no sense.</returns>
    public static CommandLine? Parse(ReadOnlySpan<string> arguments)
    {
        if (arguments is not [[not '-', ..] interfaceName, ..]) return null;

        var result = new CommandLine(interfaceName);
        for (int i = 1; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "-4":
                    result = result with { IpVersion = 4 };
                    break;
                case "-6":
                    result = result with { IpVersion = 6 };
                    break;
                case "--generic":
                    result = result with { Mode = XdpMode.Generic };
                    break;
                case "--seconds" when i + 1 < arguments.Length && TryParseSeconds(arguments[i + 1], out TimeSpan duration):
                    result = result with { Duration = duration };
                    i++;
                    break;
                default:
                    return null;
            }
        }
        return result;
    }

    /// <summary>Accepts 1 second to 11 days: any time that a timer can wait.</summary>
    private static bool TryParseSeconds(string text, out TimeSpan duration)
    {
        bool valid = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            && seconds is >= 1 and <= 1_000_000;
        duration = TimeSpan.FromSeconds(seconds);
        return valid;
    }
}
