using System.Diagnostics;

namespace Ebpf.Tests.Links;

/// <summary>A process that enters a cgroup, does something there that the hooks of cgroups see, and ends.</summary>
internal static class CgroupProcess
{
    /// <summary>Sends to itself and connects to itself by IPv4, IPv6 and Unix sockets, reads a sysctl and a device, sets an option.</summary>
    private const string Everything = """
        use Socket;
        sub udp {
            my ($family, $any) = @_;
            socket(my $a, $family, SOCK_DGRAM, 0) || die "socket: $!";
            bind($a, $any) || die "bind: $!";
            my $where = getsockname($a) || die "getsockname: $!";
            socket(my $b, $family, SOCK_DGRAM, 0) || die "socket: $!";
            send($b, "x", 0, $where) || die "send: $!";
            recv($a, my $got, 10, 0);
            connect($b, $where) || die "connect: $!";
            getpeername($b) || die "getpeername: $!";
        }
        udp(PF_INET, pack_sockaddr_in(0, INADDR_LOOPBACK));
        udp(PF_INET6, pack_sockaddr_in6(0, Socket::IN6ADDR_LOOPBACK));
        udp(PF_UNIX, pack_sockaddr_un("\0xt$$"));
        socket(my $listener, PF_INET, SOCK_STREAM, 0);
        setsockopt($listener, 0, 2, 10) || die "setsockopt: $!";
        print "ttl ", unpack("i", getsockopt($listener, 0, 2) || die "getsockopt: $!"), "\n";
        bind($listener, pack_sockaddr_in(0, INADDR_LOOPBACK)) || die "bind: $!";
        listen($listener, 5);
        socket(my $client, PF_INET, SOCK_STREAM, 0);
        connect($client, getsockname($listener)) || die "connect: $!";
        open(my $setting, "<", "/proc/sys/kernel/ostype") || die "open: $!";
        <$setting> || die "sysctl: $!";
        open(my $device, "<", "/dev/zero") || die "device: $!";
        """;

    /// <summary>Connects once by TCP over IPv4.</summary>
    private const string Connecting = """
        use Socket;
        socket(my $listener, PF_INET, SOCK_STREAM, 0);
        bind($listener, pack_sockaddr_in(0, INADDR_LOOPBACK));
        listen($listener, 5);
        socket(my $client, PF_INET, SOCK_STREAM, 0);
        connect($client, getsockname($listener)) || die "connect: $!";
        """;

    /// <summary>Does in a cgroup all that any hook sees.</summary>
    /// <returns>What it said; the errors in it if something failed.</returns>
    public static string DoEverything(string cgroup) => Run(cgroup, Everything);

    /// <summary>Connects once in a cgroup.</summary>
    /// <inheritdoc cref="DoEverything"/>
    public static string Connect(string cgroup) => Run(cgroup, Connecting);

    private static string Run(string cgroup, string script)
    {
        ProcessStartInfo start = new("sh", ["-c", "echo $$ > \"$0/cgroup.procs\" && exec perl -e \"$1\"", cgroup, script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return said;
    }
}
