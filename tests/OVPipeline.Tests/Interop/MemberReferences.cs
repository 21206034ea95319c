using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace OVPipeline.Tests.Interop;

/// <summary>The non-public types and members of ML.NET that an assembly refers to, from its metadata.</summary>
internal static class MemberReferences
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    public static string[] UsedBy(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();
        var used = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var handle in metadata.TypeReferences)
            if (Resolve(metadata, handle) is { IsVisible: false } type)
                used.Add(type.FullName!);
        foreach (var member in metadata.MemberReferences.Select(metadata.GetMemberReference))
        {
            string name = metadata.GetString(member.Name);
            if (TypeOf(metadata, member.Parent) is { } type && type.IsVisible && !type.GetMember(name, Any).Any(IsVisible))
                used.Add($"{type.FullName}.{name}");
        }
        return [.. used];
    }

    private static Type? TypeOf(MetadataReader metadata, EntityHandle parent) =>
        parent.Kind == HandleKind.TypeReference ? Resolve(metadata, (TypeReferenceHandle)parent) : null;

    private static Type? Resolve(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var reference = metadata.GetTypeReference(handle);
        string name = metadata.GetString(reference.Name);
        if (reference.ResolutionScope.Kind == HandleKind.TypeReference)
            return Resolve(metadata, (TypeReferenceHandle)reference.ResolutionScope)?.GetNestedType(name, Any);
        string assembly = metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope).Name);
        return assembly.StartsWith("Microsoft.ML", StringComparison.Ordinal)
            ? Assembly.Load(assembly).GetType($"{metadata.GetString(reference.Namespace)}.{name}", throwOnError: true)
            : null;
    }

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        _ => true,
    };
}
