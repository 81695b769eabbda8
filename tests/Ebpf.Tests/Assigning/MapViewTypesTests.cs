using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Ebpf.Assigning;
using Ebpf.Maps.Views;

namespace Ebpf.Tests.Assigning;

/// <summary>Every view of maps can be the type of a property.</summary>
public sealed class MapViewTypesTests
{
    [Fact]
    public void Views_AllThatMapsMake_CanBeAssigned()
    {
        Type[] made =
        [
            .. typeof(BpfMap).GetMethods(BindingFlags.Instance | BindingFlags.Public)
                .Where(method => method.Name.StartsWith("As", StringComparison.Ordinal) && method.ReturnType.GetProperty("Map")?.PropertyType == typeof(BpfMap))
                .Select(method => Definition(method.ReturnType))
                .Distinct(),
        ];

        Assert.True(made.Length > 20);
        Assert.All(made, type => Assert.True(AssignedKinds.IsView(type), $"{type} is no {nameof(IMapView)}"));
    }

    [Fact]
    public void Views_AllThatCanBeAssigned_AreKeptWhenCodeIsTrimmed()
    {
        IEnumerable<Type> views = typeof(BpfMap).Assembly.GetTypes().Where(AssignedKinds.IsView);
        IEnumerable<DynamicDependencyAttribute> kept =
            typeof(Assignment).GetMethod("Open", BindingFlags.Static | BindingFlags.NonPublic)!.GetCustomAttributes<DynamicDependencyAttribute>();

        Assert.Equal(
            views.Select(type => type.FullName).Order(StringComparer.Ordinal), kept.Select(item => item.Type!.FullName).Order(StringComparer.Ordinal));
    }

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
}
