using System.Net;
using System.Net.Sockets;
using System.Text;
using Ebpf.TestData;

namespace Ebpf.Tests;

/// <summary>Congestion controls of a name that nobody else uses, and connections with them.</summary>
internal sealed class StructOpsFixture
{
    private static int _count;

    /// <summary>Reads the object, with one of its tables to be made.</summary>
    public StructOpsFixture(string table)
    {
        Table = table;
        Spec = CollectionSpec.Load(TestObject.Path("struct_ops_tcp"));
        Map.AutoCreate = true;
        Write("name", Encoding.ASCII.GetBytes(Name));
    }

    /// <summary>The name under which the kernel knows the congestion control.</summary>
    public string Name { get; } = $"t{Environment.ProcessId}_{Interlocked.Increment(ref _count)}";

    public string Table { get; }

    public CollectionSpec Spec { get; }

    public MapSpec Map => Spec.Maps[Table];

    /// <summary>Whether the kernel offers the congestion control.</summary>
    public bool IsRegistered =>
        File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control").Split().Contains(Name);

    /// <summary>Changes a member of the table before it is loaded.</summary>
    public void Write(string member, ReadOnlySpan<byte> value)
    {
        byte[] copy = new byte[Map.StructOps!.Type.Size];
        Map.InitialValue.Span.CopyTo(copy);
        value.CopyTo(copy.AsSpan((int)Map.StructOps.Type.Locate(member).Offset));
        Map.InitialValue = copy;
    }

    public BpfCollection Load(CollectionOptions? options = null) => BpfCollection.Load(Spec, options);

    /// <summary>Connects to this machine with the congestion control, and sends a few bytes.</summary>
    public void Connect()
    {
        const int tcpLevel = 6, congestion = 13;
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.SetRawSocketOption(tcpLevel, congestion, Encoding.ASCII.GetBytes(Name));
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        client.Send("hello"u8);
        byte[] buffer = new byte[5];
        Assert.Equal(5, server.Receive(buffer));
    }
}
