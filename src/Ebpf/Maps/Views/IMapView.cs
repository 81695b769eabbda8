namespace Ebpf.Maps.Views;

/// <summary>A view of a map that gives it a shape and types.</summary>
internal interface IMapView
{
    /// <summary>
    /// Makes a view of the same type as this one, of another map. This one is only asked what its type is: it need not be of a map
    /// at all.
    /// </summary>
    /// <exception cref="ArgumentException">A type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">This kind of map has another shape.</exception>
    /// <exception cref="BpfException">The kernel refused to map it.</exception>
    object Open(BpfMap map);
}
