using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Ebpf.Assigning;

/// <summary>An object to whose members is assigned: one that is there, or one that is made by a constructor once its arguments are known.</summary>
internal sealed class AssignedOwner
{
    private readonly ConstructorInfo? _constructor;

    private AssignedOwner(string path, object? given, ConstructorInfo? constructor)
    {
        Path = path;
        Object = given;
        _constructor = constructor;
        Arguments = new object?[constructor?.GetParameters().Length ?? 0];
    }

    /// <summary>How it is called in messages: <c>Objects.Maps</c>.</summary>
    public string Path { get; }

    /// <summary>The object, of a struct the box; <c>null</c> if it is not made yet.</summary>
    public object? Object { get; private set; }

    /// <summary>What the constructor will be given.</summary>
    public object?[] Arguments { get; }

    /// <summary>The parameters of the constructor that is still to be called.</summary>
    public ParameterInfo[] Parameters => _constructor?.GetParameters() ?? [];

    /// <summary>Whether the object was or will be made for this, so that what it requires must be set.</summary>
    public bool IsNew { get; private init; }

    /// <summary>Whether the constructor sets what the class requires.</summary>
    public bool SetsRequired { get; private init; }

    /// <summary>An object that is there.</summary>
    public static AssignedOwner Of(object given, string path) => new(path, given, constructor: null);

    /// <summary>An object to be made. A constructor without parameters is called at once.</summary>
    /// <exception cref="BpfException">The type has no constructor that can be called.</exception>
    public static AssignedOwner New([DynamicallyAccessedMembers(AssignmentPlan.Made)] Type type, string path)
    {
        ConstructorInfo? constructor = Choose(type, path);
        if (constructor is { } chosen && chosen.GetParameters().Length > 0)
            return new AssignedOwner(path, null, chosen) { IsNew = true, SetsRequired = DoesSetRequired(chosen) };
        object made = constructor?.Invoke(BindingFlags.DoNotWrapExceptions, null, null, null) ?? Activator.CreateInstance(type)!;
        return new AssignedOwner(path, made, null) { IsNew = true, SetsRequired = constructor is not null && DoesSetRequired(constructor) };
    }

    /// <summary>Calls the constructor. What it throws comes through.</summary>
    public void Make() => Object = _constructor!.Invoke(BindingFlags.DoNotWrapExceptions, null, Arguments, null);

    private static bool DoesSetRequired(ConstructorInfo constructor) => constructor.IsDefined(typeof(SetsRequiredMembersAttribute));

    /// <returns>The constructor; <c>null</c> for a struct that has none of its own.</returns>
    private static ConstructorInfo? Choose([DynamicallyAccessedMembers(AssignmentPlan.Made)] Type type, string path)
    {
        if (type.IsAbstract) throw new BpfException($"Assign to {path}: {type.Name} is abstract, so that no object of it can be made");
        ConstructorInfo[] all = type.GetConstructors();
        if (all is [var only]) return only;
        if (Array.Find(all, constructor => constructor.GetParameters().Length == 0) is { } plain) return plain;
        if (all.Length == 0)
        {
            return type.IsValueType
                ? null
                : throw new BpfException($"Assign to {path}: {type.Name} has no public constructor");
        }

        ConstructorInfo[] fitting = Array.FindAll(all, constructor => Array.TrueForAll(constructor.GetParameters(), IsAssignable));
        return fitting is [var one]
            ? one
            : throw new BpfException(
                $"Assign to {path}: {type.Name} has {all.Length} public constructors, and not one of them alone takes maps, programs and variables: "
                + "make the object yourself, and give it to LoadAndAssign");
    }

    private static bool IsAssignable(ParameterInfo parameter) =>
        AssignedKinds.Of(parameter.ParameterType) is not null || parameter.HasDefaultValue || parameter.IsDefined(typeof(BpfGroupAttribute));
}
