using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

/// <summary>Loads of objects with memory, in which each call fails once.</summary>
public sealed class MemoryFailureTests
{
    [Theory]
    [InlineData("memory", Errno.EPERM)]
    [InlineData("memory", Errno.EINVAL)]
    [InlineData("kconfig", Errno.ENOENT)]
    [InlineData("kconfig", Errno.EINVAL)]
    [InlineData("arena_list", Errno.ENOMEM)]
    [InlineData("arena_list", Errno.EINVAL)]
    public void Load_AnyOneCallFails_LeavesNothingOpenAndNothingMapped(string name, Errno error)
    {
        if (name == "arena_list") Requires.Map(MapType.Arena);
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path(name));
        CollectionOptions options = new() { Kconfig = name == "kconfig" ? KconfigText : null };
        int failures = 0;
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new() { FailingCall = call, FailingWith = error };
            bool isLoaded = false;
            try
            {
                using BpfCollection collection = BpfCollection.Load(spec, options with { Kernel = kernel });
                isLoaded = true;
                foreach (BpfVariable variable in collection.Variables.Values) variable.ToArray();

                // A kernel that refuses a map once may be one that does not map it.
                Assert.Equal(kernel.MappedDescriptors > 0, collection.Variables.Values.Any(variable => variable.TryMap()));
            }
            catch (BpfException)
            {
                failures++;
            }

            Assert.Equal(0, kernel.OpenDescriptors);

            // The one call whose failure leaves something is the one that takes the memory away.
            Assert.True(kernel.MappedDescriptors == 0 || isLoaded, $"call {call} left memory mapped");
            if (kernel.Calls < call) break;
        }

        Assert.True(failures > 0, "no call that failed made loading fail");
    }

    internal const string KconfigText = """
        CONFIG_T_BOOL=y
        CONFIG_T_TRISTATE=m
        CONFIG_T_CHAR=n
        CONFIG_T_S8=1
        CONFIG_T_U8=1
        CONFIG_T_S16=1
        CONFIG_T_U16=1
        CONFIG_T_S32=1
        CONFIG_T_U32=1
        CONFIG_T_S64=1
        CONFIG_T_U64=1
        CONFIG_T_TEXT="text"
        """;
}
