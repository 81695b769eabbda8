using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Ebpf.Assigning;

/// <summary>Which properties, fields and constructor's parameters of an object take which maps, programs and variables.</summary>
internal sealed class AssignmentPlan
{
    /// <summary>What of a type must be kept when code is trimmed. Members that are not public are kept to be told of.</summary>
    public const DynamicallyAccessedMemberTypes Members =
        DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicFields
        | DynamicallyAccessedMemberTypes.NonPublicProperties | DynamicallyAccessedMemberTypes.NonPublicFields;

    /// <summary>What must be kept besides of a type of which objects are made.</summary>
    public const DynamicallyAccessedMemberTypes Made = Members | DynamicallyAccessedMemberTypes.PublicConstructors;

    private readonly List<AssignedObject> _objects = [];
    private readonly List<AssignmentStep> _steps = [];
    private readonly AssignedNames _names;

    private AssignmentPlan(AssignedOwner root, string name, AssignedNames names)
    {
        Root = root;
        TypeName = name;
        _names = names;
    }

    /// <summary>The object to which is assigned.</summary>
    public AssignedOwner Root { get; }

    /// <summary>How the type is called in messages.</summary>
    public string TypeName { get; }

    /// <summary>What is assigned, in the order of the steps.</summary>
    public IReadOnlyList<AssignedObject> Objects => _objects;

    /// <summary>What is done, in this order: a group is complete before it is set, and an object is made before its properties are set.</summary>
    public IReadOnlyList<AssignmentStep> Steps => _steps;

    /// <summary>Looks at a type, and at the groups in an object of it.</summary>
    /// <param name="target">The object.</param>
    /// <param name="type">Its type.</param>
    /// <param name="names">The names that there are.</param>
    /// <exception cref="BpfException">The type asks for what is not there, or cannot be assigned to.</exception>
    public static AssignmentPlan For(object target, [DynamicallyAccessedMembers(Members)] Type type, AssignedNames names) =>
        Make(AssignedOwner.Of(target, type.Name), type, names);

    /// <summary>Looks at a type of which an object is made.</summary>
    /// <inheritdoc cref="For"/>
    public static AssignmentPlan ForNew([DynamicallyAccessedMembers(Made)] Type type, AssignedNames names) =>
        Make(AssignedOwner.New(type, type.Name), type, names);

    /// <summary>The names of what is assigned of one kind.</summary>
    public IEnumerable<string> NamesOf(AssignedKind kind) => _objects.Where(item => item.Kind == kind).Select(item => item.Name);

    private static AssignmentPlan Make(AssignedOwner owner, [DynamicallyAccessedMembers(Members)] Type type, AssignedNames names)
    {
        AssignmentPlan plan = new(owner, type.Name, names);
        plan.Walk(owner, type, [type]);
        if (plan._objects.Count > 0) return plan;
        string? hidden = HiddenMembers(type).FirstOrDefault(member => AssignedKinds.Of(TypeOf(member)) is not null)?.Name;
        throw new BpfException(
            $"Assign to {type.Name}: it has no property or field for a map, a program or a variable"
            + (hidden is null ? "" : $" that is public; {hidden} is not"));
    }

    private void Walk(AssignedOwner owner, [DynamicallyAccessedMembers(Members)] Type type, Type[] chain)
    {
        foreach (MemberInfo hidden in HiddenMembers(type))
        {
            AssignedMember member = new(owner, hidden);
            if (member.IsMarked) throw member.Failed(member.IsStatic ? "it is static: only what each object has is assigned" : "it is not public");
        }

        const BindingFlags of = BindingFlags.Instance | BindingFlags.Public;
        PropertyInfo[] properties = type.GetProperties(of);
        HashSet<string> given = AddParameters(owner, properties, chain);
        foreach (PropertyInfo property in properties)
        {
            if (property.GetIndexParameters().Length == 0 && !given.Contains(property.Name)) Add(new AssignedMember(owner, property), property, chain);
        }

        foreach (FieldInfo field in type.GetFields(of)) Add(new AssignedMember(owner, field), field, chain);
    }

    /// <summary>Adds what the constructor takes, and its call.</summary>
    /// <returns>The names of the properties that the constructor sets.</returns>
    private HashSet<string> AddParameters(AssignedOwner owner, PropertyInfo[] properties, Type[] chain)
    {
        HashSet<string> given = new(StringComparer.Ordinal);
        if (owner.Object is not null) return given;
        foreach (ParameterInfo parameter in owner.Parameters)
        {
            PropertyInfo? property = Array.Find(
                properties,
                property => string.Equals(property.Name, parameter.Name, StringComparison.OrdinalIgnoreCase) && property.PropertyType == parameter.ParameterType);
            AssignedMember member = new(owner, parameter, property);
            if (property is not null) given.Add(property.Name);
            if (Add(member, member: null, chain)) continue;
            if (!parameter.HasDefaultValue)
            {
                throw member.Failed(
                    $"the constructor takes it, and {Unassignable(member)}: give it a default value, or make the object yourself and give it to LoadAndAssign");
            }

            owner.Arguments[parameter.Position] = parameter.DefaultValue;
        }

        _steps.Add(AssignmentStep.Make(owner));
        return given;
    }

    /// <returns>Whether something is assigned.</returns>
    private bool Add(AssignedMember assigned, MemberInfo? member, Type[] chain)
    {
        bool isMarked = assigned.Attribute<BpfObjectAttribute>() is not null;
        if (assigned.Attribute<BpfGroupAttribute>() is { } group)
        {
            if (isMarked) throw assigned.Failed("it is marked as a group and as an object: it can be one of them");
            AddGroup(assigned, group, chain);
            return true;
        }

        AssignedKind? kind = AssignedKinds.Of(assigned.Type);
        if (isMarked && kind is null) throw assigned.Failed(Unassignable(assigned));
        if (isMarked && !assigned.CanSet) throw assigned.Failed("it has no setter");
        if (kind is not { } wanted || !assigned.CanSet)
        {
            // What cannot be set is computed from something else.
            if (member is not null && assigned.IsRequiredOfNew(member))
                throw assigned.Failed($"it is required, and {Unassignable(assigned)}: make the object yourself, and give it to LoadAndAssign");
            return false;
        }

        AssignedObject found = new(assigned, wanted, _names.Find(assigned, wanted));
        if (_objects.Find(other => other.Kind == found.Kind && other.Name == found.Name) is { } twin)
        {
            throw assigned.Failed(
                $"{wanted.InWords()} \"{found.Name}\" goes to {twin.Member.Path} already; a {wanted.InWords()} has one owner");
        }

        _objects.Add(found);
        _steps.Add(AssignmentStep.Set(found));
        return true;
    }

    private void AddGroup(AssignedMember member, BpfGroupAttribute group, Type[] chain)
    {
        if (group.Type != member.Type) throw member.Failed($"it is marked as a group of type {group.Type.Name}, and is of type {member.Type.Name}");
        if (chain.Contains(group.Type))
            throw member.Failed($"its type, {group.Type.Name}, holds itself: {string.Join(" > ", chain.Append(group.Type).Select(type => type.Name))}");
        object? value = member.Get();
        bool mustSet = value is null || group.Type.IsValueType;
        if (mustSet && !member.CanSet) throw member.Failed(value is null ? "it is null, and has no setter" : "it is a struct, and has no setter");

        // A struct by itself is never null, and one in a property is what its constructor made of it.
        AssignedOwner owner = value is not null ? AssignedOwner.Of(value, member.Path) : AssignedOwner.New(group.Type, member.Path);
        Walk(owner, group.Type, [.. chain, group.Type]);
        if (mustSet) _steps.Add(AssignmentStep.Set(member, owner));
    }

    private static string Unassignable(AssignedMember member) =>
        $"its type, {member.Type.Name}, is none of a map, a view of one, a program, a variable or a spec of these";

    /// <summary>What is not public or not of the objects: nothing is assigned to it, which is said if it is marked.</summary>
    private static IEnumerable<MemberInfo> HiddenMembers([DynamicallyAccessedMembers(Members)] Type type)
    {
        const BindingFlags hidden = BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic;
        const BindingFlags shared = BindingFlags.Static | BindingFlags.Public;
        IEnumerable<MemberInfo> all =
            [.. type.GetProperties(hidden), .. type.GetFields(hidden), .. type.GetProperties(shared), .. type.GetFields(shared)];
        return all.Where(member => !member.IsDefined(typeof(CompilerGeneratedAttribute)));
    }

    private static Type TypeOf(MemberInfo member) => (member as PropertyInfo)?.PropertyType ?? ((FieldInfo)member).FieldType;
}

/// <summary>A member, and what it takes.</summary>
/// <param name="Member">The property, field or parameter.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Name">The name of that in the spec.</param>
internal sealed record AssignedObject(AssignedMember Member, AssignedKind Kind, string Name);

/// <summary>One step of assigning.</summary>
internal sealed class AssignmentStep
{
    /// <summary>The member that is set; <c>null</c> where an object is made.</summary>
    public AssignedMember? Member { get; private init; }

    /// <summary>What it is set to; <c>null</c> for a group.</summary>
    public AssignedObject? Object { get; private init; }

    /// <summary>The object that is made, or the group to which the member is set.</summary>
    public AssignedOwner? Owner { get; private init; }

    public static AssignmentStep Set(AssignedObject found) => new() { Member = found.Member, Object = found };

    public static AssignmentStep Set(AssignedMember member, AssignedOwner group) => new() { Member = member, Owner = group };

    public static AssignmentStep Make(AssignedOwner owner) => new() { Owner = owner };
}
