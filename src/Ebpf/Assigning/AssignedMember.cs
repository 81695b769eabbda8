using System.Reflection;

namespace Ebpf.Assigning;

/// <summary>A property or a field of an object.</summary>
/// <param name="owner">The object. Of a struct, the box.</param>
/// <param name="member">The property or field.</param>
/// <param name="path">How the owner is called in messages.</param>
internal sealed class AssignedMember(object owner, MemberInfo member, string path)
{
    private readonly PropertyInfo? _property = member as PropertyInfo;
    private readonly FieldInfo? _field = member as FieldInfo;

    /// <summary>Its name.</summary>
    public string Name => member.Name;

    /// <summary>How it is called in messages: <c>Objects.Maps.Counts</c>.</summary>
    public string Path => $"{path}.{member.Name}";

    /// <summary>Its type.</summary>
    public Type Type => _property?.PropertyType ?? _field!.FieldType;

    /// <summary>Whether it can be set, by whoever may.</summary>
    public bool CanSet => _property is not null ? _property.SetMethod is not null : !_field!.IsInitOnly;

    /// <summary>What the attribute says.</summary>
    public T? Attribute<T>()
        where T : Attribute =>
        member.GetCustomAttribute<T>();

    /// <summary>What is in it; <c>null</c> if that cannot be found out.</summary>
    public object? Get() => _property is null ? _field!.GetValue(owner)
        : _property.GetMethod is null ? null
        : _property.GetValue(owner, BindingFlags.DoNotWrapExceptions, null, null, null);

    /// <summary>Sets it. What the setter throws comes through.</summary>
    public void Set(object? value)
    {
        if (_property is null) _field!.SetValue(owner, value);
        else _property.SetValue(owner, value, BindingFlags.DoNotWrapExceptions, null, null, null);
    }
}
