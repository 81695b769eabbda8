namespace Ebpf.Btf;

/// <summary>A function.</summary>
public sealed class FunctionType : BtfType;
