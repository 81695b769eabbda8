using System.Runtime.InteropServices;

namespace Ebpf.Fuzz.Engine;

/// <summary>clang's libFuzzer, linked into a library of ours (<c>eng/fuzz/libfuzzer.c</c>), in this process.</summary>
internal static unsafe partial class LibFuzzer
{
    private const string Library = "libfuzzer.so";

    /// <summary>The exit code after an input that the library did not cope with.</summary>
    public const int Failed = 70;

    /// <summary>
    /// What an input of at most 64 KiB may cost, in the time of this thread. Some hundred times what the largest test
    /// object costs in the slowest, instrumented code.
    /// </summary>
    private const long MostNanoseconds = 1_000_000_000;

    /// <summary>So many inputs are not timed: they compile the code.</summary>
    private const long WarmUp = 2000;

    private static readonly byte[] Buffer = new byte[CurrentInput.MaxLength];
    private static FuzzTarget _target = null!;
    private static CurrentInput _current = null!;

    /// <summary>Runs; ends the process.</summary>
    /// <param name="target">What is tested.</param>
    /// <param name="current">Receives each input.</param>
    /// <param name="arguments">libFuzzer's: folders of inputs, options.</param>
    public static void Run(FuzzTarget target, CurrentInput current, IReadOnlyList<string> arguments)
    {
        Coverage.Use(new Span<byte>(Counters(), Coverage.MaxCount));
        (_target, _current) = (target, current);

        // .NET has handlers of its own for these signals.
        string[] all =
        [
            "fuzz", "-handle_segv=0", "-handle_bus=0", "-handle_fpe=0", "-handle_ill=0", "-handle_abrt=0", "-handle_int=0",
            "-handle_term=0", "-timeout=0", "-rss_limit_mb=0", $"-max_len={CurrentInput.MaxLength}", .. arguments,
        ];
        byte** native = (byte**)NativeMemory.Alloc((nuint)all.Length + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < all.Length; i++) native[i] = (byte*)Marshal.StringToCoTaskMemUTF8(all[i]);
        native[all.Length] = null;
        Exit(Start(all.Length, native, &Take, &Mutate));
    }

    [UnmanagedCallersOnly]
    private static int Take(byte* data, nuint size)
    {
        ReadOnlySpan<byte> input = new(data, (int)size);
        _current.Set(input);
        input.CopyTo(Buffer);
        long before = ThreadTime();
        try
        {
            _target.Exercise(Buffer.AsMemory(0, input.Length));
            long taken = ThreadTime() - before;
            if (taken > MostNanoseconds && _current.Number > WarmUp)
                throw new ContractException($"{taken / 1_000_000} ms for an input of {input.Length:N0} bytes");
        }
        catch (ContractException error)
        {
            Console.Error.WriteLine(error);
            Exit(Failed);
        }

        return 0;
    }

    [UnmanagedCallersOnly]
    private static void Mutate(byte* data, nuint size, uint seed)
    {
        Random random = new((int)seed);
        for (int edits = random.Next(1, 4); edits > 0; edits--) _target.Mutate(new Span<byte>(data, (int)size), random);
    }

    [LibraryImport(Library, EntryPoint = "fuzzer_counters")]
    private static partial byte* Counters();

    [LibraryImport(Library, EntryPoint = "fuzzer_run")]
    private static partial int Start(
        int argumentCount,
        byte** arguments,
        delegate* unmanaged<byte*, nuint, int> take,
        delegate* unmanaged<byte*, nuint, uint, void> mutate);

    [LibraryImport(Library, EntryPoint = "fuzzer_thread_time")]
    private static partial long ThreadTime();

    [LibraryImport(Library, EntryPoint = "fuzzer_exit")]
    private static partial void Exit(int status);
}
