using System.Reflection;
using System.Runtime.CompilerServices;

namespace Ebpf.Assigning;

/// <summary>A property, a field or a constructor's parameter of an object.</summary>
internal sealed class AssignedMember
{
    private readonly AssignedOwner _owner;
    private readonly PropertyInfo? _property;
    private readonly FieldInfo? _field;
    private readonly ParameterInfo? _parameter;

    /// <summary>A property or field.</summary>
    public AssignedMember(AssignedOwner owner, MemberInfo member)
    {
        _owner = owner;
        _property = member as PropertyInfo;
        _field = member as FieldInfo;
        Name = member.Name;
    }

    /// <summary>A parameter of the constructor by which the object will be made.</summary>
    /// <param name="owner">The object.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="property">The property that it sets, of the same name, as records have them; <c>null</c> if there is none.</param>
    public AssignedMember(AssignedOwner owner, ParameterInfo parameter, PropertyInfo? property)
    {
        _owner = owner;
        _parameter = parameter;
        _property = property;
        Name = property?.Name ?? parameter.Name ?? "";
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>How it is called in messages: <c>Objects.Maps.Counts</c>.</summary>
    public string Path => $"{_owner.Path}.{Name}";

    /// <summary>Its type.</summary>
    public Type Type => _parameter?.ParameterType ?? _property?.PropertyType ?? _field!.FieldType;

    /// <summary>Whether it can be set, by whoever may.</summary>
    public bool CanSet => _parameter is not null || (_property is not null ? _property.SetMethod is not null : !_field!.IsInitOnly);

    /// <summary>Whether it is the class that has it and not each object.</summary>
    public bool IsStatic => _field?.IsStatic ?? (_property?.GetMethod ?? _property?.SetMethod)?.IsStatic ?? false;

    /// <summary>Whether an attribute names what goes into it.</summary>
    public bool IsMarked => Attribute<BpfObjectAttribute>() is not null || Attribute<BpfGroupAttribute>() is not null;

    /// <summary>Whether C# requires whoever makes the object to set it, which is this library here.</summary>
    public bool IsRequiredOfNew(MemberInfo member) =>
        _owner is { IsNew: true, SetsRequired: false } && member.IsDefined(typeof(RequiredMemberAttribute));

    /// <summary>What the attribute says: of a parameter, or else of its property.</summary>
    public T? Attribute<T>()
        where T : Attribute =>
        _parameter?.GetCustomAttribute<T>() ?? _property?.GetCustomAttribute<T>() ?? _field?.GetCustomAttribute<T>();

    /// <summary>What is in it; <c>null</c> if that cannot be found out, or the object is not made yet.</summary>
    public object? Get() => _parameter is not null || _owner.Object is null ? null
        : _property is null ? _field!.GetValue(_owner.Object)
        : _property.GetMethod is null ? null
        : _property.GetValue(_owner.Object, BindingFlags.DoNotWrapExceptions, null, null, null);

    /// <summary>Sets it. What the setter throws comes through.</summary>
    public void Set(object? value)
    {
        if (_parameter is not null) _owner.Arguments[_parameter.Position] = value;
        else if (_property is null) _field!.SetValue(_owner.Object, value);
        else _property.SetValue(_owner.Object, value, BindingFlags.DoNotWrapExceptions, null, null, null);
    }

    /// <summary>The error for it.</summary>
    public BpfException Failed(string problem, Exception? inner = null) =>
        inner is null ? new($"Assign to {Path}: {problem}") : new($"Assign to {Path}: {problem}", inner);
}
