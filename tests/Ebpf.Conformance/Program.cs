using Ebpf.Conformance;

if (args.Length < 4 || args[0] is not ("describe" or "verdicts"))
{
    Console.Error.WriteLine("""
        usage: Ebpf.Conformance describe DESCRIBE EXCEPTIONS DIRECTORY...
               Ebpf.Conformance verdicts VERDICTS EXCEPTIONS DIRECTORY...

          describe    compares what is read in objects, and what is made of their code, on any kernel
          verdicts    compares what the running kernel says of each program (as root)
          DESCRIBE    the program that prints what libbpf finds in objects
          VERDICTS    the program that loads every program of objects by libbpf
          EXCEPTIONS  the differences that are known, with their reasons; all of them must be found
          DIRECTORY   objects (*.o); the last part of its name stands before theirs.
                      PROGRAMS:TYPES (describe) relocates each program of one directory to the types of each object of the other
        """);
    return 2;
}

ExceptionList exceptions = ExceptionList.Read(args[2]);
ReadOnlySpan<string> directories = args.AsSpan(3);
return (args[0] == "describe" ? Describe(directories) : Judge(directories)) ? 0 : 1;

bool Describe(ReadOnlySpan<string> directories)
{
    ConformanceRun run = new(args[1], exceptions);
    foreach (string directory in directories)
    {
        Counts counts = new();
        string[] parts = directory.Split(':', 2);
        string name = ObjectFiles.NameOf(parts[0]);
        if (parts.Length == 1) run.Compare(directory, name, counts);
        else run.CompareRelocations(parts[0], parts[1], name, counts);
        Console.WriteLine($"{name}: {counts}");
    }

    RunReport.PrintNotLoaded(run, Console.Out);
    return RunReport.Print(run.Judgement, Console.Out);
}

bool Judge(ReadOnlySpan<string> directories)
{
    VerdictRun run = new(args[1], exceptions);
    foreach (string directory in directories)
        Console.WriteLine($"{ObjectFiles.NameOf(directory)}: {run.Compare(directory)}");
    return RunReport.Print(run.Judgement, Console.Out);
}
