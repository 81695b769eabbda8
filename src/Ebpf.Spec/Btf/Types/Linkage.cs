namespace Ebpf.Btf;

/// <summary>Specifies who can call a function. The verifier checks static functions for each call, global ones once.</summary>
public enum FunctionLinkage
{
    /// <summary>The function can be called in its own source file only.</summary>
    Static = 0,

    /// <summary>The function can be called from every source file.</summary>
    Global = 1,

    /// <summary>The function is defined elsewhere: a kfunc, or a function of another object.</summary>
    Extern = 2,
}

/// <summary>Specifies who can use a variable.</summary>
public enum VariableLinkage
{
    /// <summary>The variable can be used in its own source file only.</summary>
    Static = 0,

    /// <summary>The variable is defined here and can be used by every source file.</summary>
    Global = 1,

    /// <summary>The variable is defined elsewhere: by the kernel's configuration, its symbols, or another object.</summary>
    Extern = 2,
}
