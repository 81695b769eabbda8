namespace Ebpf.Btf;

/// <summary>Who can call a function; the verifier checks static ones anew for every caller, global ones once.</summary>
public enum FunctionLinkage
{
    /// <summary>Only its own file.</summary>
    Static = 0,

    /// <summary>Every file.</summary>
    Global = 1,

    /// <summary>It is defined elsewhere: a kfunc, or another object.</summary>
    Extern = 2,
}

/// <summary>Who can use a variable.</summary>
public enum VariableLinkage
{
    /// <summary>Only its own file.</summary>
    Static = 0,

    /// <summary>Every file; it is defined here.</summary>
    Global = 1,

    /// <summary>It is defined elsewhere: by the kernel's configuration or symbols, or another object.</summary>
    Extern = 2,
}
