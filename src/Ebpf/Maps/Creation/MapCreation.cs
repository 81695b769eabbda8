using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Layout;
using Ebpf.ResourceLimits;
using Ebpf.Tokens;

namespace Ebpf.Maps.Creation;

/// <summary>
/// Makes maps. A map is tried as it was asked for; only when the kernel refuses, without what older ones lack.
/// </summary>
internal static unsafe class MapCreation
{
    /// <summary>What to go without, in the order of trying.</summary>
    private static readonly MapOmissions[] Attempts =
    [
        MapOmissions.Mapping,
        MapOmissions.Dots,
        MapOmissions.Types,
        MapOmissions.Types | MapOmissions.Dots,
        MapOmissions.Name,
        MapOmissions.Types | MapOmissions.Name,
        MapOmissions.Mapping | MapOmissions.Dots,
        MapOmissions.Mapping | MapOmissions.Types,
        MapOmissions.Mapping | MapOmissions.Types | MapOmissions.Dots,
        MapOmissions.Mapping | MapOmissions.Name,
        MapOmissions.Mapping | MapOmissions.Types | MapOmissions.Name,
    ];

    /// <summary>Makes a map, gives it its first contents and freezes it if the spec says so.</summary>
    /// <exception cref="BpfException">The kernel refused. No descriptor is left.</exception>
    public static BpfMap Create(LinuxKernel kernel, MapSpec spec, MapCreateOptions options)
    {
        MapShape shape = MapShape.Of(spec, kernel);
        if (TokenSearch.Of(kernel).Choose(options.Token) is { } token) options = options with { Token = token };
        BpfHandle? template = null, handle = null;
        BpfMap? map = null;
        try
        {
            if (spec.Type.IsMapOfMaps() && options.InnerMap is null) template = CreateTemplate(kernel, spec, options);
            handle = CreateHandle(kernel, spec, shape, options, template ?? options.InnerMap, out MapOmissions omitted);
            if (omitted.HasFlag(MapOmissions.Mapping)) shape = shape with { Flags = shape.Flags & ~MapFlags.Mmapable };
            map = new BpfMap(handle, spec.Name, spec.Type, shape, spec.MapExtra) { Types = MapTypes.Of(spec) };
            if (MapTypes.HasTimers(spec)) handle.CloseOnlyOnDispose();
            if (omitted != MapOmissions.None) options.Logger?.MapWithout(spec.Name, omitted.InWords());
            if (spec.Type == MapType.Arena) ArenaVariables.Place(map, spec);
            else if (!spec.InitialValue.IsEmpty) map.Update([0, 0, 0, 0], InitialValue(spec, shape));
            MapContents.Write(map, spec.Contents);
            if (spec.Freeze) map.Freeze();
            return map;
        }
        catch
        {
            handle?.Dispose();
            map?.Dispose();
            throw;
        }
        finally
        {
            template?.Dispose();
        }
    }

    /// <summary>The first value; cut off, or filled up with zeros, for a section whose size the user changed.</summary>
    private static ReadOnlySpan<byte> InitialValue(MapSpec spec, MapShape shape)
    {
        ReadOnlySpan<byte> value = spec.InitialValue.Span;
        if (spec.DataSection is null || value.Length == shape.ValueSize) return value;
        byte[] sized = new byte[shape.ValueSize];
        value[..Math.Min(value.Length, sized.Length)].CopyTo(sized);
        return sized;
    }

    /// <summary>A map like those that a map of maps will hold; it lives only while the outer one is made.</summary>
    private static BpfHandle CreateTemplate(LinuxKernel kernel, MapSpec outer, MapCreateOptions options)
    {
        if (outer.InnerMap is not { } inner)
            throw new BpfException($"Create map \"{outer.Name}\": a map of maps needs the spec of its inner maps (InnerMap)");
        if (inner.Type.IsMapOfMaps())
            throw new BpfException($"Create map \"{outer.Name}\": a map of maps of maps is more than the kernel has");
        if (inner.Name.Length == 0)
        {
            inner = inner.Clone();
            inner.Name = $"{outer.Name}_inner";
        }

        MapCreateOptions own = (options.Template ?? MapCreateOptions.None) with { Token = options.Token };
        return CreateHandle(kernel, inner, MapShape.Of(inner, kernel), own, null, out _);
    }

    private static BpfHandle CreateHandle(
        LinuxKernel kernel, MapSpec spec, MapShape shape, MapCreateOptions options, BpfHandle? inner, out MapOmissions omitted)
    {
        using BorrowedDescriptor btf = options.Btf.Borrow();
        using BorrowedDescriptor valueTypeBtf = options.ValueTypeBtf.Borrow();
        using BorrowedDescriptor token = options.Token.Borrow();
        using BorrowedDescriptor innerMap = inner.Borrow();
        fixed (byte* hash = spec.ExclusiveProgramHash.Span)
        {
            MapCreateAttr full = Attr(spec, shape, options, hash);
            full.InnerMap = innerMap.Descriptor;
            full.Btf = btf.Descriptor;
            full.ValueTypeBtf = valueTypeBtf.Descriptor;
            full.Use(in token);
            return CreateHandle(kernel, spec, shape, full, options.Token, out omitted);
        }
    }

    private static MapCreateAttr Attr(MapSpec spec, MapShape shape, MapCreateOptions options, byte* hash) =>
        new()
        {
            Type = spec.Type,
            KeySize = shape.KeySize,
            ValueSize = shape.ValueSize,
            MaxEntries = shape.MaxEntries,
            Flags = shape.Flags
                | (options.ValueTypeBtf is null ? MapFlags.None : MapFlags.ValueTypeBtfObjectFd),
            NumaNode = spec.NumaNode ?? 0,
            Name = ObjectName.From(spec.Name),
            KeyTypeId = options.KeyTypeId,
            ValueTypeId = options.ValueTypeId,
            KernelValueTypeId = options.KernelValueTypeId,
            Extra = spec.MapExtra,
            ExclusiveProgramHash = hash,
            ExclusiveProgramHashSize = (uint)spec.ExclusiveProgramHash.Length,
        };

    private static BpfHandle CreateHandle(
        LinuxKernel kernel, MapSpec spec, MapShape shape, MapCreateAttr full, BpfHandle? token, out MapOmissions omitted)
    {
        BpfHandle? handle = CreateOnce(kernel, full, out Errno error);
        omitted = MapOmissions.None;
        if (handle is not null) return handle;
        if (error is Errno.EINVAL or Errno.E2BIG or Errno.ENOTSUPP or Errno.EOPNOTSUPP)
        {
            foreach (MapOmissions attempt in Attempts)
            {
                if (!TryOmit(spec, full, attempt, out MapCreateAttr less)) continue;
                handle = CreateOnce(kernel, less, out _);
                omitted = attempt;
                if (handle is not null) return handle;
            }
        }

        string words = "";
        if (error is Errno.EINVAL or Errno.EBADF or Errno.ENOTSUPP)
        {
            // Not on the first try: older kernels do not know the question.
            handle = kernel.CreateMap(ref full, out words, out _);
            omitted = MapOmissions.None;
            if (handle is not null) return handle;
        }

        throw MapRefusal.Explain(kernel, spec, shape, full, token, error, words);
    }

    private static BpfHandle? CreateOnce(LinuxKernel kernel, MapCreateAttr attr, out Errno error)
    {
        BpfHandle? handle = kernel.CreateMap(ref attr, out error);
        return error == Errno.EPERM && LockedMemoryLimit.TryRaise(kernel) ? kernel.CreateMap(ref attr, out error) : handle;
    }

    /// <summary>
    /// Takes out what the kernel may not know; <c>false</c> if there is nothing of that kind to take out.
    /// </summary>
    private static bool TryOmit(MapSpec spec, MapCreateAttr full, MapOmissions omissions, out MapCreateAttr less)
    {
        less = full;
        if (omissions.HasFlag(MapOmissions.Mapping))
        {
            // Variables can be read and written by other means; for what else is to be mapped, the user asked.
            if (!full.Flags.HasFlag(MapFlags.Mmapable) || spec.DataSection is null || spec.Type != MapType.Array) return false;
            less.Flags &= ~MapFlags.Mmapable;
        }

        if (omissions.HasFlag(MapOmissions.Types))
        {
            // The type of a struct_ops map is not a description but what the map is.
            if (full.Btf == 0 || full.KernelValueTypeId != 0) return false;
            less.Btf = 0;
            less.KeyTypeId = less.ValueTypeId = 0;
        }

        if (omissions.HasFlag(MapOmissions.Dots))
        {
            less.Name = full.Name.WithoutDots();
            if (((ReadOnlySpan<byte>)less.Name).SequenceEqual(full.Name)) return false;
        }

        if (omissions.HasFlag(MapOmissions.Name))
        {
            if (full.Name.IsEmpty) return false;
            less.Name = default;
        }

        return true;
    }
}
