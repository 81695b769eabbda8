using Microsoft.Extensions.Logging;

namespace Ebpf.Errors;

/// <summary>What is told to the logger that the caller passes: what went otherwise than asked, without being an error.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Warning, "The BTF of kernel module {Module} cannot be used: {Problem}")]
    public static partial void ModuleTypesUnusable(this ILogger logger, string module, string problem);

    [LoggerMessage(2, LogLevel.Warning, "Maps and programs are loaded without BTF: {Problem}")]
    public static partial void TypesRefused(this ILogger logger, string problem);

    [LoggerMessage(3, LogLevel.Information, "Map \"{Map}\": this kernel's struct has no member \"{Member}\", which is zero and left out")]
    public static partial void MemberLeftOut(this ILogger logger, string map, string member);

    [LoggerMessage(4, LogLevel.Information, "The {Kind} \"{Name}\" is not loaded: {Reason}")]
    public static partial void NotLoaded(this ILogger logger, string kind, string name, string reason);

    [LoggerMessage(5, LogLevel.Information, "Map \"{Map}\": the program \"{Program}\" is left out of it, since its AutoLoad is off")]
    public static partial void StructOpsMemberLeftEmpty(this ILogger logger, string map, string program);

    [LoggerMessage(6, LogLevel.Information, "Map \"{Map}\" is created without {Omitted}, which this kernel does not accept")]
    public static partial void MapWithout(this ILogger logger, string map, string omitted);

    [LoggerMessage(7, LogLevel.Warning, "{Warning}")]
    public static partial void ObjectWarning(this ILogger logger, string warning);

    [LoggerMessage(20, LogLevel.Warning, "Attached {What}: {Count} of the functions were left out, the first one {First}")]
    public static partial void FunctionsLeftOut(this ILogger logger, string what, int count, string first);

    [LoggerMessage(30, LogLevel.Warning, "{File}: {Problem}")]
    public static partial void UsdtNote(this ILogger logger, string file, string problem);

    [LoggerMessage(31, LogLevel.Warning, "USDT probe {Provider}:{Name} at address 0x{Address:x}: programs cannot read argument \"{Argument}\": {Problem}")]
    public static partial void UsdtArgument(this ILogger logger, string provider, string name, ulong address, string argument, string problem);
}
