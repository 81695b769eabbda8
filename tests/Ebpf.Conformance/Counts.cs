using System.Globalization;

namespace Ebpf.Conformance;

/// <summary>How much was compared.</summary>
internal sealed class Counts
{
    /// <summary>All objects.</summary>
    public int Objects { get; set; }

    /// <summary>Those that one reader or both refused.</summary>
    public int Refused { get; set; }

    /// <summary>Maps.</summary>
    public int Maps { get; private set; }

    /// <summary>Programs.</summary>
    public int Programs { get; private set; }

    /// <summary>Variables.</summary>
    public int Variables { get; private set; }

    /// <summary>Single facts about all of these.</summary>
    public int Fields { get; private set; }

    /// <summary>Programs whose linked code was compared.</summary>
    public int LoadedPrograms { get; private set; }

    /// <summary>Slots of linked code.</summary>
    public int Instructions { get; private set; }

    /// <summary>CO-RE relocations in it.</summary>
    public int Relocations { get; set; }

    /// <summary>One line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Objects} objects ({Refused} refused), {Programs} programs, {Maps} maps, {Variables} variables: {Fields} facts; "
        + $"linked code of {LoadedPrograms} programs: {Instructions} slots, {Relocations} CO-RE relocations");

    /// <summary>Counts code.</summary>
    public void Add(LoadedProgram program)
    {
        LoadedPrograms++;
        Instructions += program.Code.Length / 8;
    }

    /// <summary>Counts something.</summary>
    public void Add(Thing thing)
    {
        Fields += thing.Fields.Count;
        switch (thing.Name.Split(' ', 2)[0])
        {
            case "map":
                Maps++;
                break;
            case "program":
                Programs++;
                break;
            case "variable":
                Variables++;
                break;
        }
    }
}
