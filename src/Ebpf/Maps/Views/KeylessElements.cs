using Ebpf.Linux;

namespace Ebpf.Maps.Views;

/// <summary>The elements of a map without keys: what queues and stacks are made of.</summary>
internal readonly unsafe struct KeylessElements<TValue>(BpfMap map)
    where TValue : unmanaged
{
    public BpfMap Map => map;

    public void Push(in TValue value, MapUpdateFlags flags)
    {
        Errno error = Write(in value, flags);
        if (error != Errno.None) map.ThrowFailed("push", error);
    }

    public bool TryPush(in TValue value)
    {
        Errno error = Write(in value, MapUpdateFlags.Any);
        if (error == Errno.E2BIG) return false;
        if (error != Errno.None) map.ThrowFailed("push", error);
        return true;
    }

    public bool TryPop(out TValue value)
    {
        value = default;
        fixed (TValue* pointer = &value)
            return map.Found(map.Kernel.LookupAndDeleteElement(map.Handle, null, pointer, 0), "pop");
    }

    public bool TryPeek(out TValue value)
    {
        value = default;
        fixed (TValue* pointer = &value) return map.Found(map.Kernel.LookupElement(map.Handle, null, pointer, 0), "peek");
    }

    public TValue Pop() => TryPop(out TValue value) ? value : throw Empty();

    public TValue Peek() => TryPeek(out TValue value) ? value : throw Empty();

    public void Clear()
    {
        // No more than the map holds, so that this ends while others push.
        for (uint i = 0; i < map.MaxEntries && TryPop(out _); i++)
        {
        }
    }

    private Errno Write(in TValue value, MapUpdateFlags flags)
    {
        fixed (TValue* pointer = &value) return map.Kernel.UpdateElement(map.Handle, null, pointer, (ulong)flags);
    }

    private InvalidOperationException Empty() => new($"{map.Type} \"{map.Name}\" is empty.");
}
