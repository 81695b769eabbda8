namespace Ebpf.Programs;

/// <summary>
/// What attaching a program needs of the collection with which it was loaded. The program keeps it for those who attach it, who know what it
/// is: this room knows nothing of theirs.
/// </summary>
internal abstract class AttachContext;
