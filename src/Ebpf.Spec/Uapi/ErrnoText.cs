namespace Ebpf.Uapi;

/// <summary>How error numbers are shown to people.</summary>
internal static class ErrnoText
{
    /// <summary>The symbolic name: <c>EPERM</c>; a number without one is shown as <c>errno 4095</c>.</summary>
    public static string Describe(this Errno error) =>
        Enum.IsDefined(error) ? error.ToString() : $"errno {(int)error}";
}
