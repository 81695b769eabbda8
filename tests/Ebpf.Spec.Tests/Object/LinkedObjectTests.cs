using System.ComponentModel;
using System.Diagnostics;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object;

/// <summary>Objects that bpftool made of several.</summary>
public sealed class LinkedObjectTests
{
    [Theory]
    [InlineData("elsewhere", "bad_extern_map")]
    [InlineData("bad_extern_map", "elsewhere")]
    public void Load_MapThatTheOtherObjectDefines_IsOneMapOfBoth(string first, string second)
    {
        string linked = Path.GetTempFileName();
        try
        {
            Link(linked, TestObject.Path(first), TestObject.Path(second));

            CollectionSpec spec = CollectionSpec.Load(linked);

            Assert.Equal(["elsewhere"], spec.Maps.Keys);
            Assert.Equal((MapType.Array, 4u, 4u, 1u), (spec.Maps["elsewhere"].Type, spec.Maps["elsewhere"].KeySize, spec.Maps["elsewhere"].ValueSize, spec.Maps["elsewhere"].MaxEntries));
            Assert.Equal(["lookup", "store"], spec.Programs.Keys.Order(StringComparer.Ordinal));
            Assert.All(spec.Programs.Values, program => Assert.Contains(program.Instructions, instruction => instruction.Reference?.Name == "elsewhere"));
        }
        finally
        {
            File.Delete(linked);
        }
    }

    private static void Link(string result, params string[] objects)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("bpftool", ["gen", "object", result, .. objects]) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error);
        }
        catch (Win32Exception)
        {
            Assert.Skip("bpftool is not installed");
        }
    }
}
