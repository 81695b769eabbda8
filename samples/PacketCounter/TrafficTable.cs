using Spectre.Console;
using Spectre.Console.Rendering;

namespace PacketCounter;

/// <summary>Draws the counters as a table: a protocol a row, with its rates, totals and share of all packets.</summary>
internal static class TrafficTable
{
    /// <summary>What the terminal has left beside the other columns.</summary>
    private static int BarWidth => Math.Clamp(AnsiConsole.Profile.Width - 72, 8, 24);

    public static IRenderable Draw(string interfaceName, Snapshot snapshot, TrafficRates rates)
    {
        Table table = new Table()
            .Border(TableBorder.Rounded)
            .BorderColor(Color.Grey)
            .Title($"[bold]{Markup.Escape(interfaceName)}[/] [grey]{snapshot.Elapsed:hh\\:mm\\:ss}[/]");
        table.AddColumn(new TableColumn("[bold]Protocol[/]").Width(12).Footer("Total"));
        AddNumberColumn(table, "Packets/s", 9, Number(rates.Total.Packets));
        AddNumberColumn(table, "Packets", 11, Number(snapshot.Total.Packets));
        AddNumberColumn(table, "Bytes/s", 10, ByteSize.Format(rates.Total.Bytes));
        AddNumberColumn(table, "Bytes", 10, ByteSize.Format(snapshot.Total.Bytes));
        table.AddColumn(new TableColumn("[bold]Share[/]").Width(BarWidth));

        foreach ((Protocol protocol, Traffic traffic) in snapshot.Protocols)
        {
            (double packetRate, double byteRate) = rates[protocol];
            table.AddRow(
                $"[{ColorOf(protocol)}]{protocol.GetName()}[/]",
                Number(packetRate),
                Number(traffic.Packets),
                ByteSize.Format(byteRate),
                ByteSize.Format(traffic.Bytes),
                $"[{ColorOf(protocol)}]{Bar((double)traffic.Packets / snapshot.Total.Packets)}[/]");
        }
        return table;
    }

    private static void AddNumberColumn(Table table, string name, int width, string footer) =>
        table.AddColumn(new TableColumn($"[bold]{name}[/]").Width(width).RightAligned().Footer(footer));

    private static string Number(double value) => $"{value:N0}";

    private static string Bar(double share)
    {
        const string Eighths = "▏▎▍▌▋▊▉█";
        int eighths = Math.Max(1, (int)Math.Round(share * BarWidth * 8));
        string full = new('█', eighths / 8);
        return eighths % 8 == 0 ? full : full + Eighths[eighths % 8 - 1];
    }

    private static string ColorOf(Protocol protocol) => protocol switch
    {
        Protocol.Tcp => "green",
        Protocol.Udp => "deepskyblue1",
        Protocol.Icmp => "orange1",
        Protocol.IcmpV6 => "gold1",
        Protocol.Arp => "mediumpurple1",
        Protocol.Malformed => "red",
        _ => "grey",
    };
}
