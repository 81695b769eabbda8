namespace Ebpf.Linux;

/// <summary>
/// The addresses of memory that belonged at one place and was closed: zeros, to which references may still exist. What belongs at
/// these addresses later can take them over, as a whole or in part.
/// </summary>
internal static class VacatedPlaces
{
    private static readonly Lock Gate = new();
    private static readonly List<VacatedPlace> Places = [];

    /// <summary>Notes that the memory at a place was closed.</summary>
    /// <param name="kernel">The kernel that mapped it.</param>
    /// <param name="start">The first address.</param>
    /// <param name="length">How many bytes.</param>
    public static VacatedPlace Add(LinuxKernel kernel, nuint start, nuint length)
    {
        VacatedPlace place = new(kernel, start, start + length);
        lock (Gate) Places.Add(place);
        return place;
    }

    /// <summary>Returns what is left of a place to the system, since no reference to it exists.</summary>
    public static void Release(VacatedPlace place)
    {
        lock (Gate)
        {
            Places.Remove(place);
            foreach ((nuint start, nuint end) in place.Pieces) place.Kernel.Munmap((nint)start, end - start);
            place.Pieces.Clear();
        }
    }

    /// <summary>Maps something over vacated addresses, and over free ones between and beside them.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="start">The first address.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="map">Maps it in the place of whatever is there.</param>
    /// <returns>What <paramref name="map"/> returned; EEXIST if something else is among the addresses.</returns>
    public static CallResult TakeOver(LinuxKernel kernel, nuint start, nuint length, Func<CallResult> map)
    {
        lock (Gate)
        {
            nuint end = start + length;
            List<(nuint Start, nuint End)> vacated = [];
            foreach (VacatedPlace place in Places)
            {
                if (place.Kernel != kernel) continue;
                foreach ((nuint from, nuint to) in place.Pieces)
                {
                    if (from < end && to > start) vacated.Add((Math.Max(from, start), Math.Min(to, end)));
                }
            }

            if (vacated.Count == 0) return CallResult.Of(Errno.EEXIST);
            vacated.Sort();

            // Reserve what is free between them, so that nothing of anybody else's is replaced.
            List<(nuint Start, nuint End)> reserved = [];
            nuint at = start;
            foreach ((nuint from, nuint to) in vacated.Append((end, end)))
            {
                if (from > at)
                {
                    CallResult gap = MappedMemory.MapZeros(kernel, at, from - at, MemoryMapping.FixedNoReplace);
                    if (gap.Failed) return Undo(gap);
                    reserved.Add((at, from));
                }

                at = Math.Max(at, to);
            }

            CallResult result = map();
            if (result.Failed) return Undo(result);
            foreach (VacatedPlace place in Places)
            {
                if (place.Kernel == kernel) place.Cut(start, end);
            }

            Places.RemoveAll(place => place.Pieces.Count == 0);
            return result;

            CallResult Undo(CallResult failure)
            {
                foreach ((nuint from, nuint to) in reserved) kernel.Munmap((nint)from, to - from);
                return failure;
            }
        }
    }
}

/// <summary>What is left of the addresses of one closed memory.</summary>
internal sealed class VacatedPlace(LinuxKernel kernel, nuint start, nuint end)
{
    public LinuxKernel Kernel => kernel;

    public List<(nuint Start, nuint End)> Pieces { get; } = [(start, end)];

    /// <summary>Takes addresses out, which belong to something else now.</summary>
    public void Cut(nuint from, nuint to)
    {
        for (int i = Pieces.Count - 1; i >= 0; i--)
        {
            (nuint first, nuint last) = Pieces[i];
            if (first >= to || last <= from) continue;
            Pieces.RemoveAt(i);
            if (first < from) Pieces.Add((first, from));
            if (last > to) Pieces.Add((to, last));
        }
    }
}
