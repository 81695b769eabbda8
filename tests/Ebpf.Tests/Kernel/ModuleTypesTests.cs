using Ebpf.Btf;

namespace Ebpf.Tests.Kernel;

/// <summary>The types of modules, from files that stand for the kernel's.</summary>
public sealed class ModuleTypesTests
{
    [Fact]
    public void ModuleNames_AreThoseOfTheFiles_WithoutTheKernel()
    {
        using BtfDirectory directory = new();
        directory.AddModule("second", "s");
        directory.AddModule("first", "s");

        Assert.Equal(["first", "second"], directory.Types.ModuleNames());
    }

    [Fact]
    public void ReadModule_GivesItsTypesOnTheKernels_AndTheSameObjectAgain()
    {
        using BtfDirectory directory = new();
        directory.AddModule("mod", "in_module");

        BtfSpec? types = directory.Types.ReadModule("mod");

        Assert.Equal("in_module", types!.Get<StructType>("in_module").Name);
        Assert.Same(directory.Types.Read()!.Get<StructType>("in_kernel"), types.Get<StructType>("in_kernel"));
        Assert.Same(types, directory.Types.ReadModule("mod"));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("vmlinux")]
    [InlineData("../btf/mod")]
    [InlineData("..")]
    public void ReadModule_WhatIsNoModule_IsNull(string name)
    {
        using BtfDirectory directory = new();
        directory.AddModule("mod", "in_module");

        Assert.Null(directory.Types.ReadModule(name));
    }

    [Fact]
    public void ReadModule_LoadedAnewWithOtherTypes_GivesThose()
    {
        using BtfDirectory directory = new();
        directory.AddModule("mod", "s", size: 8);
        BtfSpec old = directory.Types.ReadModule("mod")!;

        directory.AddModule("mod", "s", size: 16);

        Assert.Equal(16u, directory.Types.ReadModule("mod")!.Get<StructType>("s").Size);
        Assert.Equal(8u, old.Get<StructType>("s").Size);
    }

    [Fact]
    public void ReadModule_Unloaded_IsNull()
    {
        using BtfDirectory directory = new();
        directory.AddModule("mod", "s");
        Assert.NotNull(directory.Types.ReadModule("mod"));

        directory.Remove("mod");

        Assert.Null(directory.Types.ReadModule("mod"));
    }

    [Fact]
    public void ReadModule_Damaged_NamesTheFile()
    {
        using BtfDirectory directory = new();
        directory.Write("broken", [1, 2, 3]);

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => directory.Types.ReadModule("broken"));

        Assert.StartsWith("/sys/kernel/btf/broken: section \".BTF\": ", error.Message);
    }

    [Fact]
    public void ReadModules_DamagedOne_IsLeftOutWithAWarning()
    {
        using BtfDirectory directory = new();
        directory.AddModule("a", "s");
        directory.Write("broken", new byte[100]);
        directory.AddModule("c", "s");
        ListLogger logger = new();

        Assert.Equal(["a", "c"], directory.Types.ReadModules(logger).Select(module => module.Name));

        string warning = Assert.Single(logger.Messages);
        Assert.StartsWith("Warning: The BTF of kernel module broken cannot be used: /sys/kernel/btf/broken: ", warning);
    }

    [Fact]
    public void TryFind_LooksIntoTheKernelThenIntoModules()
    {
        using BtfDirectory directory = new();
        directory.AddModule("a", "in_kernel");
        directory.Write("b", [0]);
        directory.AddModule("c", "in_c");

        Assert.True(directory.Types.TryFind("in_kernel", null, out StructType? type, out string? module));
        Assert.Null(module);
        Assert.Equal(4u, type.Size);
        Assert.True(directory.Types.TryFind("in_c", null, out type, out module));
        Assert.Equal("c", module);
        Assert.Equal("in_c", type.Name);
        Assert.False(directory.Types.TryFind("in_c", null, out FunctionType? function, out module));
        Assert.Null(function);
        Assert.Null(module);
    }

    [Fact]
    public void TryFind_WhatTheKernelHas_OpensNoModule()
    {
        using BtfDirectory directory = new();
        directory.AddModule("a", "in_a");
        directory.Types.Read();
        int calls = directory.Kernel.Calls;

        Assert.True(directory.Types.TryFind("in_kernel", null, out StructType? _, out _));

        Assert.Equal(calls, directory.Kernel.Calls);
    }

    [Fact]
    public void ReadModules_AnyOneCallFails_EndsWithAnErrorOrLess_AndLeavesNothingOpen()
    {
        using BtfDirectory directory = new();
        directory.AddModule("a", "s");
        int failures = 0;
        for (int call = directory.Kernel.Calls + 1; ; call++)
        {
            directory.Types.Release();
            directory.Kernel.FailingCall = call;
            int before = directory.Kernel.Calls;
            try
            {
                if (!directory.Types.ReadModules().Any()) failures++;
            }
            catch (BpfException error)
            {
                Assert.Contains("EPERM", error.Message);
                failures++;
            }

            Assert.Equal(0, directory.Kernel.OpenDescriptors);
            if (directory.Kernel.Calls < call) break;
            call = directory.Kernel.Calls + (call - before);
        }

        Assert.True(failures > 2, $"{failures} failures");
    }
}
