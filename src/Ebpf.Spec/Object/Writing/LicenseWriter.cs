using System.Buffers.Binary;
using System.Text;
using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object.Writing;

/// <summary>Writes what an object says once for all its programs: the licence, and the version of the kernel.</summary>
internal sealed class LicenseWriter(ObjectWriter writer)
{
    private const string License = "license";
    private const string Version = "version";

    public void Write()
    {
        string license = Common(program => program.License, "licence") ?? "";
        if (license.Contains('\0', StringComparison.Ordinal)) throw new BpfException("Write licence: it has a zero in it, which ends it");
        uint version = Common(program => program.KernelVersion, "kernel version");
        Write(License, license.Length == 0 ? [] : [.. Encoding.UTF8.GetBytes(license), 0], "_license");
        byte[] number = new byte[sizeof(uint)];
        if (writer.Spec.ByteOrder == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt32LittleEndian(number, version);
        else BinaryPrimitives.WriteUInt32BigEndian(number, version);
        Write(Version, version == 0 ? [] : number, "_version");
    }

    /// <summary>What all programs say alike.</summary>
    private T? Common<T>(Func<ProgramSpec, T> valueOf, string what)
    {
        (string Name, T Value)? first = null;
        foreach ((string name, ProgramSpec program) in writer.Spec.Programs)
        {
            T value = valueOf(program);
            first ??= (name, value);
            if (!EqualityComparer<T>.Default.Equals(value, first.Value.Value))
            {
                throw Inexpressible.Program(
                    name, $"its {what} is {value}, that of \"{first.Value.Name}\" is {first.Value.Value}, and an object has one for all programs");
            }
        }

        return first is null ? default : first.Value.Value;
    }

    private void Write(string name, byte[] bytes, string symbol)
    {
        DataSectionType? types = writer.Types.Find(name);

        // One without a size was none of the object that was read.
        if (types is null or { Size: 0 } && bytes.Length == 0) return;
        List<(string Name, SectionEntry Entry)> variables = [];
        foreach (DataSectionEntry entry in types?.Entries ?? [])
            variables.Add((entry.Type.Name, new SectionEntry(new BtfTypeId(entry.TypeId), entry.Offset, entry.Size)));

        uint size = writer.Types.SizeOf(name, (uint)bytes.Length);
        if (variables is [var only] && only.Entry.Size < bytes.Length)
        {
            // A longer text than the compiler saw: its variable grows with it.
            writer.Types.Change($"section \"{name}\"", builder =>
            {
                BtfTypeId text = builder.AddArray(builder.AddInt("char", 1, IntEncoding.Signed), (uint)bytes.Length);
                builder.SetTarget(only.Entry.Type, text);
                return text;
            });
            variables[0] = (only.Name, only.Entry with { Size = (uint)bytes.Length });
        }

        foreach ((string variable, SectionEntry entry) in variables) Inexpressible.CheckInside(name, size, variable, entry.Offset, entry.Size);
        writer.Types.SetSection(name, [.. variables.Select(variable => variable.Entry)], size);
        byte[] data = new byte[size];
        bytes.CopyTo(data, 0);
        ElfOutputSection section = writer.Elf.AddSection(name, ElfSectionFlags.Allocate | ElfSectionFlags.Write, data, sizeof(uint));
        if (variables.Count == 0) variables.Add((symbol, new SectionEntry(default, 0, size)));
        foreach ((string variable, SectionEntry entry) in variables)
            writer.Elf.AddSymbol(variable, ElfSymbolType.Object, ElfSymbolBinding.Global, section, entry.Offset, entry.Size);
    }
}
