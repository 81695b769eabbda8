using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Ebpf.Assigning;

/// <summary>Which properties and fields of an object take which maps, programs and variables.</summary>
internal sealed class AssignmentPlan
{
    /// <summary>What of a type must be kept when code is trimmed.</summary>
    public const DynamicallyAccessedMemberTypes Members =
        DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicFields;

    private readonly List<AssignedObject> _objects = [];
    private readonly List<(AssignedMember Member, object Value)> _groups = [];
    private readonly AssignedNames _names;
    private readonly string _name;

    private AssignmentPlan(string name, AssignedNames names)
    {
        _name = name;
        _names = names;
    }

    /// <summary>How the type is called in messages.</summary>
    public string TypeName => _name;

    /// <summary>What is assigned, in the order of the type.</summary>
    public IReadOnlyList<AssignedObject> Objects => _objects;

    /// <summary>New groups and groups that are structs, which are set when what is in them is; inner ones first.</summary>
    public IReadOnlyList<(AssignedMember Member, object Value)> Groups => _groups;

    /// <summary>Looks at a type, and at the groups in an object of it.</summary>
    /// <param name="target">The object.</param>
    /// <param name="type">Its type.</param>
    /// <param name="names">The names that there are.</param>
    /// <exception cref="BpfException">The type asks for what is not there, or cannot be assigned to.</exception>
    public static AssignmentPlan For(object target, [DynamicallyAccessedMembers(Members)] Type type, AssignedNames names)
    {
        AssignmentPlan plan = new(type.Name, names);
        plan.Walk(target, type, type.Name, [type]);
        return plan._objects.Count > 0
            ? plan
            : throw new BpfException($"Assign to {type.Name}: it has no property or field for a map, a program or a variable");
    }

    /// <summary>The names of what is assigned of one kind.</summary>
    public IEnumerable<string> NamesOf(AssignedKind kind) => _objects.Where(item => item.Kind == kind).Select(item => item.Name);

    private void Walk(object owner, [DynamicallyAccessedMembers(Members)] Type type, string path, Type[] chain)
    {
        const BindingFlags of = BindingFlags.Instance | BindingFlags.Public;
        foreach (PropertyInfo property in type.GetProperties(of))
        {
            if (property.GetIndexParameters().Length == 0) Add(new AssignedMember(owner, property, path), chain);
        }

        foreach (FieldInfo field in type.GetFields(of)) Add(new AssignedMember(owner, field, path), chain);
    }

    private void Add(AssignedMember member, Type[] chain)
    {
        bool isMarked = member.Attribute<BpfObjectAttribute>() is not null;
        if (member.Attribute<BpfGroupAttribute>() is { } group)
        {
            if (isMarked) throw Failed(member, "it is marked as a group and as an object: it can be one of them");
            AddGroup(member, group, chain);
            return;
        }

        AssignedKind? kind = AssignedKinds.Of(member.Type);
        if (isMarked && kind is null)
            throw Failed(member, $"its type, {member.Type.Name}, is none of a map, a view of one, a program, a variable or a spec of these");
        if (isMarked && !member.CanSet) throw Failed(member, "it has no setter");

        // What cannot be set is computed from something else.
        if (kind is not { } wanted || !member.CanSet) return;
        AssignedObject found = new(member, wanted, _names.Find(member, wanted));
        if (_objects.Find(other => other.Kind == found.Kind && other.Name == found.Name) is { } twin)
        {
            throw Failed(
                member, $"{wanted.InWords()} \"{found.Name}\" goes to {twin.Member.Path} already; a {wanted.InWords()} has one owner");
        }

        _objects.Add(found);
    }

    private void AddGroup(AssignedMember member, BpfGroupAttribute group, Type[] chain)
    {
        if (group.Type != member.Type) throw Failed(member, $"it is marked as a group of type {group.Type.Name}, and is of type {member.Type.Name}");
        if (chain.Contains(group.Type))
            throw Failed(member, $"its type, {group.Type.Name}, holds itself: {string.Join(" > ", chain.Append(group.Type).Select(type => type.Name))}");
        object? value = member.Get();
        bool mustSet = value is null || group.Type.IsValueType;
        if (mustSet && !member.CanSet) throw Failed(member, value is null ? "it is null, and has no setter" : "it is a struct, and has no setter");
        value ??= Create(member, group.Type);
        Walk(value, group.Type, member.Path, [.. chain, group.Type]);
        if (mustSet) _groups.Add((member, value));
    }

    private static object Create(AssignedMember member, [DynamicallyAccessedMembers(BpfGroupAttribute.Kept)] Type type)
    {
        try
        {
            return Activator.CreateInstance(type)!;
        }
        catch (TargetInvocationException error) when (error.InnerException is { } thrown)
        {
            ExceptionDispatchInfo.Throw(thrown);
            throw;
        }
        catch (MemberAccessException error)
        {
            throw new BpfException($"Assign to {member.Path}: it is null, and {type.Name} has no public constructor without parameters", error);
        }
    }

    private static BpfException Failed(AssignedMember member, string problem) => new($"Assign to {member.Path}: {problem}");
}

/// <summary>A property or field, and what it takes.</summary>
/// <param name="Member">The property or field.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Name">The name of that in the spec.</param>
internal sealed record AssignedObject(AssignedMember Member, AssignedKind Kind, string Name);
