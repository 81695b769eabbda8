using Ebpf.Conformance;

if (args.Length < 3)
{
    Console.Error.WriteLine("""
        usage: Ebpf.Conformance DESCRIBE EXCEPTIONS DIRECTORY...

          DESCRIBE    the program that prints what libbpf finds in objects
          EXCEPTIONS  the differences that are known, with their reasons; all of them must be found
          DIRECTORY   objects (*.o); the last part of its name stands before theirs.
                      PROGRAMS:TYPES relocates each program of one directory to the types of each object of the other
        """);
    return 2;
}

ConformanceRun run = new(args[0], ExceptionList.Read(args[1]));
foreach (string directory in args.AsSpan(2))
{
    Counts counts = new();
    string[] parts = directory.Split(':', 2);
    string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(parts[0]));
    if (parts.Length == 1) run.Compare(directory, name, counts);
    else run.CompareRelocations(parts[0], parts[1], name, counts);
    Console.WriteLine($"{name}: {counts}");
}

return RunReport.Print(run, Console.Out) ? 0 : 1;
