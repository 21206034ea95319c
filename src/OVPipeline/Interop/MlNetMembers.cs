using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace OVPipeline;

/// <summary>
/// The non-public types and members of ML.NET that this assembly uses, listed in MlNetMembers.txt. Another ML.NET may lack one: that is
/// said once, when the assembly loads, and not as a MissingMethodException in the middle of the work.
/// </summary>
internal static class MlNetMembers
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    public static string[] Listed()
    {
        using var reader = new StreamReader(typeof(MlNetMembers).Assembly.GetManifestResourceStream("MlNetMembers.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

#pragma warning disable CA2255 // an assembly that may not run beside this ML.NET has to say so before anything else
    [ModuleInitializer]
    internal static void Check()
#pragma warning restore CA2255
    {
        Assembly[] assemblies = [typeof(SchemaShape).Assembly, typeof(TransformsCatalog).Assembly];
        if (Array.Find(Listed(), member => !Exists(assemblies, member)) is not { } missing)
            return;
        string? found = assemblies[0].GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        throw new NotSupportedException($"OVPipeline needs Microsoft.ML 5.0, from 5.0.1 on. Found {found}, which lacks {missing}.");
    }

    // A line is a type, or a type, a dot and a member; a constructor is ".ctor".
    internal static bool Exists(Assembly[] assemblies, string line)
    {
        if (assemblies.Any(assembly => assembly.GetType(line) is not null))
            return true;
        int dot = line.EndsWith("..ctor", StringComparison.Ordinal) ? line.Length - "..ctor".Length : line.LastIndexOf('.');
        string member = line[(dot + 1)..];
        return assemblies.Select(assembly => assembly.GetType(line[..dot])).Any(type => type?.GetMember(member, Any).Length > 0);
    }
}
