using System.Globalization;

namespace ExecSnoop;

/// <summary>What the user asked for.</summary>
internal sealed record CommandLine
{
    public const string Usage =
        """
        Usage: exec-snoop [OPTIONS]   shows every program that is started, until Ctrl-C
          --failed      shows attempts that failed too
          --verbose     says first what is attached
          --seconds N   stops by itself after N seconds
        """;

    public bool ShowsFailures { get; private init; }

    public bool IsVerbose { get; private init; }

    /// <summary>How long to watch; without end if not set.</summary>
    public TimeSpan Duration { get; private init; } = Timeout.InfiniteTimeSpan;

    /// <returns><c>null</c> if the arguments make no sense.</returns>
    public static CommandLine? Parse(ReadOnlySpan<string> arguments)
    {
        CommandLine result = new();
        for (; arguments.Length > 0; arguments = arguments[1..])
        {
            switch (arguments[0])
            {
                case "--failed":
                    result = result with { ShowsFailures = true };
                    break;
                case "--verbose":
                    result = result with { IsVerbose = true };
                    break;
                case "--seconds" when arguments.Length > 1 && TryParseSeconds(arguments[1], out TimeSpan duration):
                    result = result with { Duration = duration };
                    arguments = arguments[1..];
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
        bool valid = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is >= 1 and <= 1_000_000;
        duration = TimeSpan.FromSeconds(seconds);
        return valid;
    }
}
