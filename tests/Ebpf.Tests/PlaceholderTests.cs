namespace Ebpf.Tests;
public sealed class PlaceholderTests { [Fact] public void Builds() => Assert.Equal("EPERM", ErrnoText.Describe(Errno.EPERM)); }
