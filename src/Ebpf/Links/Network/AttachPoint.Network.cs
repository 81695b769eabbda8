namespace Ebpf;

/// <content>Network interfaces.</content>
public sealed partial class AttachPoint
{
    /// <summary>Creates the target for programs of a network interface: XDP.</summary>
    /// <param name="name">The name of the interface (<c>eth0</c>) in the network namespace of the thread that attaches.</param>
    public static AttachPoint Interface(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string target = $"interface {name}";
        return new AttachPoint(target, program => program.Type switch
        {
            ProgramType.Xdp => program.AttachXdp(name),
            _ => throw Mismatch(program, target, "SEC(\"xdp\")"),
        }, (program, link) => link is XdpLinkInfo { InterfaceIndex: { } index } && index == program.Kernel.InterfaceIndex(name).Value);
    }
}
