using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>What is told to the logger that the caller passes: what went otherwise than asked, without being an error.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Warning, "The types of kernel module {Module} cannot be used: {Problem}")]
    public static partial void ModuleTypesUnusable(this ILogger logger, string module, string problem);

    [LoggerMessage(2, LogLevel.Warning, "Maps and programs are loaded without their types: {Problem}")]
    public static partial void TypesRefused(this ILogger logger, string problem);
}
