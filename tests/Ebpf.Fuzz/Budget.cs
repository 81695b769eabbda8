namespace Ebpf.Fuzz;

/// <summary>Runs operations on an input, and holds each to what it may throw and how much memory it may take.</summary>
/// <param name="inputLength">The length of the input, in bytes.</param>
public sealed class Budget(int inputLength)
{
    /// <summary>For tables, caches and texts that have a size of their own; in bytes.</summary>
    private const long Base = 1 << 20;

    /// <summary>
    /// The densest that an object may be: a value of an enumeration, 8 bytes of it, can name any 256 bytes of text, which
    /// become a string of 512 bytes and some objects: 75 for one. Tables that grow by doubling can make it three times that.
    /// </summary>
    private const long PerByte = 256;

    private readonly long _limit = Base + (PerByte * inputLength);

    /// <summary>Runs an operation that may find the input malformed.</summary>
    /// <param name="operation">Its name, for messages.</param>
    /// <param name="run">The operation.</param>
    /// <param name="mayRefuse">Whether it may say no for other reasons than a malformed input (<see cref="BpfException"/>).</param>
    /// <returns>The result; <c>default</c> if the input is malformed.</returns>
    /// <exception cref="ContractException">It threw something else, or took too much memory.</exception>
    public T? Run<T>(string operation, Func<T> run, bool mayRefuse = false)
    {
        ArgumentNullException.ThrowIfNull(run);
        T? result = default;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            result = run();
        }
        catch (ObjectFormatException)
        {
        }
        catch (BpfException) when (mayRefuse)
        {
        }
        catch (Exception error)
        {
            throw new ContractException($"{operation} threw {error.GetType().Name}", error);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= _limit
            ? result
            : throw new ContractException($"{operation} allocated {allocated:N0} bytes for an input of {inputLength:N0}");
    }
}
