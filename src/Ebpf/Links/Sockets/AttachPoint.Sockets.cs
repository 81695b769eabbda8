namespace Ebpf;

/// <content>Maps of sockets, network namespaces, infrared receivers.</content>
public sealed partial class AttachPoint
{
    /// <summary>Creates the target for programs of a map of sockets: parsers, verdicts, programs for messages.</summary>
    /// <param name="map">The map; it stays the caller's, and must be open when a program is attached.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public static AttachPoint SockMap(BpfMap map, SockMapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new AttachPoint($"map \"{map.Name}\"", program => program.AttachSockMap(map, options));
    }

    /// <summary>Creates the target for programs of a network namespace: those that look sockets up, and those that take packets apart.</summary>
    /// <param name="networkNamespace">The namespace.</param>
    public static AttachPoint Namespace(NetworkNamespace networkNamespace)
    {
        ArgumentNullException.ThrowIfNull(networkNamespace);
        return new AttachPoint(networkNamespace.ToString(), program => program.Type switch
        {
            ProgramType.SkLookup => program.AttachSkLookup(networkNamespace),
            ProgramType.FlowDissector => program.AttachFlowDissector(networkNamespace),
            _ => throw Mismatch(program, networkNamespace.ToString(), "SEC(\"sk_lookup\") and SEC(\"flow_dissector\")"),
        });
    }

    /// <summary>Creates the target for programs that decode infrared signals.</summary>
    /// <param name="path">The device: <c>/dev/lirc0</c>.</param>
    public static AttachPoint Lirc(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new AttachPoint($"infrared receiver {path}", program => program.AttachLirc(path));
    }
}
