namespace Ebpf.Conformance;

/// <summary>A program as libbpf would hand it to the kernel.</summary>
/// <param name="Fields">What is said of it: type, attach type, flags, license.</param>
/// <param name="Code">The instructions, in this machine's byte order.</param>
/// <param name="Maps">The names of the maps, by the descriptors that stand in the code.</param>
internal sealed record LoadedProgram(
    IReadOnlyDictionary<string, string> Fields, byte[] Code, IReadOnlyDictionary<int, string> Maps);
