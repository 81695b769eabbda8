using System.Buffers.Binary;

namespace Ebpf.Tests.Child;

/// <summary>Loads the object that counts packets, and uses it.</summary>
internal static class Loading
{
    private const byte UdpProtocol = 17;

    public static void Load(string path, BpfToken? token = null)
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(path), new CollectionOptions { Token = token });
        uint returned = collection.Programs["count_packets"].TestRun(UdpPacket());
        ulong counted = collection.Maps["pkt_count"].AsPerCpu<uint, ulong>().Sum(UdpProtocol);
        bool hasTypes = collection.Maps["pkt_count"].GetInfo().BtfId != 0;
        Console.WriteLine($"returned {returned}, counted {counted}, types {hasTypes}");
    }

    public static void Describe(string path)
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(path));
        BpfProgram program = collection.Programs["count_packets"];
        ProgramInfo info = program.GetInfo();
        Console.WriteLine($"{info.Functions.Count} functions, {info.Functions.Count(function => function.Address is null)} hidden");
        Console.WriteLine(info.HiddenBecause);
        Console.WriteLine(program.ReadInstructions().ToString().Contains("call helper#0\n", StringComparison.Ordinal));
        program.ReadJitedCode();
    }

    public static void AttachUprobe(string path, string program)
    {
        CollectionSpec spec = CollectionSpec.Load(path);
        foreach (ProgramSpec other in spec.Programs.Values) other.AutoLoad = other.Name == program;
        using BpfCollection collection = BpfCollection.Load(spec);
        using BpfLink link = collection.Programs[program].AttachUprobe("libc.so.6", "getpgid");
        Console.WriteLine(link.Type);
    }

    public static void TellToken()
    {
        using BpfToken? token = BpfToken.OpenAutomatic();
        Console.WriteLine(token is null ? "no token" : $"{token}: {token.GetInfo()}");
    }

    public static void TellFeatures()
    {
        KernelFeatures features = KernelFeatures.Running;
        Console.WriteLine(
            $"features {features.Of(ProgramType.Xdp).Support}, {features.Of(MapType.Hash).Support}, {features.Of(GeneralFeature.GlobalData).Support}");
    }

    /// <summary>An Ethernet header, one of IPv4, and nothing that would matter behind it.</summary>
    private static byte[] UdpPacket()
    {
        byte[] packet = new byte[60];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0x0800);
        packet[14] = 0x45;
        packet[23] = UdpProtocol;
        return packet;
    }
}
