using Ebpf.Common;
using Ebpf.Executables;
using Ebpf.Links.Uprobes;
using Ebpf.Usdt;

namespace Ebpf.Links.Usdt;

/// <summary>
/// Attaches programs to USDT probes: uprobes at each location, whose cookie is the id under which the map of <c>usdt.bpf.h</c> says where
/// the arguments are there.
/// </summary>
/// <remarks>How a uprobe is attached is <see cref="UprobeHook"/>'s; here is what a probe needs beside.</remarks>
internal static class UsdtHook
{
    private const string Sections = "SEC(\"usdt/…\") and SEC(\"uprobe/…\")";

    /// <summary>Attaches a program.</summary>
    /// <exception cref="InvalidOperationException">It is no program for probes, or does not use <c>usdt.bpf.h</c>.</exception>
    /// <exception cref="BpfException">There is no such probe, or the kernel refused. Nothing is left attached or taken.</exception>
    public static BpfLink Attach(BpfProgram program, string file, string provider, string name, UsdtOptions options)
    {
        ArgumentNullException.ThrowIfNull(options.Scope, nameof(options));
        if (file.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("A path has no zero in it.", nameof(file));
        string what = $"program \"{program.Name}\" on USDT probe {provider}:{name} of {file}";
        if (options.Scope.Id is not null) what += $" in {options.Scope}";
        AttachRules.RequireType(program, what, Sections, ProgramType.Kprobe);
        AttachRules.RequireAttachType(program, what, Sections, type => type is 0 or AttachType.TraceUprobeMulti);
        UsdtMaps maps = program.AttachContext as UsdtMaps ?? throw new InvalidOperationException(
            $"Attach {what}: the program was not loaded with a map \"{UsdtMaps.SpecsName}\": include <bpf/usdt.bpf.h> in its source, and attach it in "
            + "the process that has loaded it.");
        Work work = new(program, maps, provider, name, options, what);
        List<ProbedFile> files = new TargetFiles(program.Kernel, options.Scope, what).Open(file, includesReplaced: false);
        List<Attachment> made = [];
        try
        {
            LinkType type = default;
            foreach (ProbedFile one in files) made.Add(work.Attach(one, out type));
            return new BpfLink(made.Count == 1 ? made[0] : new CompositeAttachment(made), type, what);
        }
        catch (Exception error)
        {
            CompositeAttachment.CloseAll(made);
            if (error is ObjectFormatException damaged) throw new BpfException($"Attach {what}: {damaged.Message}", damaged);
            throw;
        }
        finally
        {
            foreach (ProbedFile one in files) one.Dispose();
        }
    }

    /// <summary>What is the same for each file that a name means.</summary>
    private sealed class Work(BpfProgram program, UsdtMaps maps, string provider, string name, UsdtOptions options, string what)
    {
        private readonly string _operation = $"Attach {what}";

        public UsdtAttachment Attach(ProbedFile file, out LinkType type)
        {
            UsdtLayout layout = maps.ReadLayout(_operation);
            List<UsdtLocation> locations = UsdtLocations.Find(file, provider, name, layout, options.Logger, _operation);
            List<ulong[]> addresses = maps.UsesCookies ? [] : [.. locations.Select(location => AddressesOf(file, location))];
            UsdtEntries entries = UsdtEntries.Write(maps, Describe(layout, locations, out int[] specOf), _operation);
            try
            {
                UprobePlace[] places = new UprobePlace[locations.Count];
                for (int i = 0; i < places.Length; i++)
                {
                    uint id = entries.Ids[specOf[i]];
                    if (!maps.UsesCookies) entries.AddAddresses(addresses[i], id, _operation);
                    places[i] = new UprobePlace(file.Start + locations[i].FileOffset, maps.UsesCookies ? id : 0, SemaphoreOf(file, locations[i]));
                }

                UprobeRequest request = new(program, file, places, what) { Scope = options.Scope };
                (Attachment probes, type) = UprobeHook.Attach(request);
                return new UsdtAttachment(probes, entries);
            }
            catch
            {
                entries.Release();
                throw;
            }
        }

        /// <summary>
        /// Locations whose arguments are in the same places share a description. Those of two attachments do not: the cookie is a part of it.
        /// </summary>
        private List<byte[]> Describe(UsdtLayout layout, List<UsdtLocation> locations, out int[] specOf)
        {
            List<byte[]> specs = [];
            Dictionary<string, int> known = [];
            specOf = new int[locations.Count];
            for (int i = 0; i < specOf.Length; i++)
            {
                byte[] spec = layout.Encode(locations[i].Probe, options.Cookie, EndianReader.Host, locations[i].Shift);
                string key = Convert.ToHexString(spec);
                if (known.TryAdd(key, specs.Count)) specs.Add(spec);
                specOf[i] = known[key];
            }

            return specs;
        }

        private static ulong SemaphoreOf(ProbedFile file, in UsdtLocation location) =>
            location.SemaphoreOffset == 0 ? 0 : file.Start + location.SemaphoreOffset;

        /// <summary>The addresses by which a program finds its arguments on a kernel without cookies.</summary>
        private ulong[] AddressesOf(ProbedFile file, in UsdtLocation location)
        {
            if (file.Elf!.Type == ElfFileType.Executable) return [location.Probe.Address + (uint)location.Shift];
            if (options.Scope.Id is { } process) return [.. UsdtLocations.AddressesIn(process, file, file.Start + location.FileOffset, _operation)];
            throw new FeatureNotSupportedException(
                _operation,
                $"cookies, without which the addresses of the probe must be known: give {nameof(UsdtOptions)}.{nameof(UsdtOptions.Scope)} a process that "
                + "has loaded the file, or link the program without -pie; the kernel lacks cookies",
                new Version(5, 15));
        }
    }
}
