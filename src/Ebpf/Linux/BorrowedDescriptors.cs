namespace Ebpf.Linux;

/// <summary>The numbers of several descriptors that stay open until this is disposed: for the time of a system call.</summary>
internal readonly ref struct BorrowedDescriptors
{
    private readonly BpfHandle[] _handles;
    private readonly int[] _descriptors;

    /// <summary>Keeps descriptors open.</summary>
    /// <param name="handles">Their owners; they may repeat.</param>
    /// <exception cref="ObjectDisposedException">One of them is closed; the message says of what it was.</exception>
    public BorrowedDescriptors(BpfHandle[] handles)
    {
        _handles = handles;
        _descriptors = handles.Length == 0 ? [] : new int[handles.Length];
        for (int i = 0; i < handles.Length; i++)
        {
            try
            {
                _descriptors[i] = handles[i].BeginUse();
            }
            catch
            {
                while (--i >= 0) handles[i].EndUse();
                throw;
            }
        }
    }

    /// <summary>The number of a descriptor.</summary>
    /// <param name="index">Its position among the handles.</param>
    public int this[int index] => _descriptors[index];

    public void Dispose()
    {
        foreach (BpfHandle handle in _handles ?? []) handle.EndUse();
    }
}
