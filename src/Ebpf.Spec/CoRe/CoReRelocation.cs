namespace Ebpf.CoRe;

/// <summary>A CO-RE relocation of one instruction, as <c>.BTF.ext</c> has it.</summary>
public sealed class CoReRelocation;
