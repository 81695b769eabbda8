using Ebpf.Common;
using Ebpf.Linux;

namespace Ebpf.Loading.Plan;

/// <summary>Checks the maps, programs and the token that the user gives to a load.</summary>
internal static class GivenObjects
{
    /// <summary>Refuses what the spec does not have, and what is disposed.</summary>
    /// <exception cref="ArgumentException">The options name what the spec does not have, or hold a <c>null</c>.</exception>
    /// <exception cref="ObjectDisposedException">A map, program or token is disposed.</exception>
    public static void Check(CollectionSpec spec, CollectionOptions options)
    {
        foreach ((string name, BpfMap map) in options.Maps)
        {
            ArgumentNullException.ThrowIfNull(map, $"{nameof(CollectionOptions)}.{nameof(CollectionOptions.Maps)}[{name}]");

            // A name that is nowhere in the spec is a mistake: the collection would make a map where it shall use one.
            if (!spec.Maps.ContainsKey(name))
                throw Unknown(nameof(CollectionOptions.Maps), name, "map", spec.Maps.Keys);
            CheckOpen(map.Handle);
        }

        foreach ((string name, BpfProgram target) in options.TargetPrograms)
        {
            ArgumentNullException.ThrowIfNull(target, $"{nameof(CollectionOptions)}.{nameof(CollectionOptions.TargetPrograms)}[{name}]");
            if (!spec.Programs.TryGetValue(name, out ProgramSpec? program))
                throw Unknown(nameof(CollectionOptions.TargetPrograms), name, "program", spec.Programs.Keys);
            if (!CanGoIntoPrograms(program))
            {
                throw new ArgumentException(
                    $"{nameof(CollectionOptions)}.{nameof(CollectionOptions.TargetPrograms)}[\"{name}\"]: a {program.Type} program cannot go "
                    + $"into {target}: one for freplace, fentry, fexit or fsession can");
            }

            CheckOpen(target.Handle);
        }

        if (options.Token is { } token) CheckOpen(token.Handle);
    }

    private static bool CanGoIntoPrograms(ProgramSpec program) => program.Type == ProgramType.Ext
        || (program is { Type: ProgramType.Tracing, AttachType: AttachType.TraceFentry or AttachType.TraceFexit or AttachType.TraceFsession });

    private static ArgumentException Unknown(string option, string name, string what, IEnumerable<string> known) => new(
        $"{nameof(CollectionOptions)}.{option}[\"{name}\"]: the object has no {what} of this name{NearNames.Suggest(name, known)}");

    private static void CheckOpen(BpfHandle handle)
    {
        using BorrowedDescriptor borrowed = handle.Borrow();
    }
}
