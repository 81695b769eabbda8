using Ebpf;
using Ebpf.Tests.Child;

// load OBJECT: loads it, and says what came of it.
// describe OBJECT: loads it, and says what the kernel tells about its program.
// delegate DIRECTORY OBJECT: lets the parent set up a BPF file system for this user namespace, mounts it, and loads the object.
// uprobe OBJECT PROGRAM: loads this program alone, and attaches it to a function of the C library.
// threads: loads several programs while no thread can be started.
// descriptors: loads a program for which no descriptor is left.
// take-over PIN INTERFACE OBJECT: attaches an XDP program with a pinned link, or takes that over; says its id.
// give DIRECTORY OBJECT: the same with a token that is made by hand.
// waiting: loads several programs, and once more when it is told to, without more threads.
// pool COUNTER TRACING: loads, runs, attaches and enumerates while no thread of the pool is free.
// proc COUNTER: loads, runs and enumerates without /proc.
// bpffs COUNTER: loads what is not pinned, and what is, without a BPF file system.
try
{
    switch (args)
    {
        case ["load", var path]:
            Loading.Load(path);
            return 0;
        case ["describe", var path]:
            Loading.Describe(path);
            return 0;
        case ["delegate", var directory, var path]:
            DelegatedFileSystem.Mount(directory);
            Loading.TellToken();
            Loading.Load(path);
            Loading.TellFeatures();
            return 0;
        case ["give", var directory, var path]:
            DelegatedFileSystem.Mount(directory);
            using (BpfToken token = BpfToken.Create(directory)) Loading.Load(path, token);
            return 0;
        case ["take-over", var pin, var networkInterface, var path]:
            using (BpfCollection collection = BpfCollection.Load(path))
            using (collection.Programs["count_packets"].AttachPinned(pin, AttachPoint.Interface(networkInterface)))
                Console.WriteLine(collection.Programs["count_packets"].Id);
            return 0;
        case ["uprobe", var path, var program]:
            Loading.AttachUprobe(path, program);
            return 0;
        case ["threads"]:
            Limits.LoadWithoutThreads();
            return 0;
        case ["descriptors"]:
            Limits.LoadWithoutDescriptors();
            return 0;
        case ["waiting"]:
            Surroundings.LoadAgainWithoutThreads();
            return 0;
        case ["pool", var counter, var tracing]:
            Surroundings.UseWithBusyPool(counter, tracing);
            return 0;
        case ["proc", var path]:
            Surroundings.UseWithoutProc(path);
            return 0;
        case ["bpffs", var path]:
            Surroundings.UseWithoutBpfFileSystem(path);
            return 0;
        default:
            return 2;
    }
}
catch (BpfException error)
{
    Console.WriteLine(error.Message);
    return 1;
}
