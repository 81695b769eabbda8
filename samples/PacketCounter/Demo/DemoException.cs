namespace PacketCounter.Demo;

/// <summary>The demo cannot go on; the message tells the user why.</summary>
internal sealed class DemoException(string message) : Exception(message);
