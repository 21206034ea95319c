using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace OVPipeline.Tests.Catalogs;

/// <summary>Every catalog method and every estimator shows in its documentation how it is used, and what it shows compiles.</summary>
public sealed class ExampleTests
{
    private const string SdkUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        """;

    private static readonly Assembly s_assembly = typeof(OVPipelineCatalog).Assembly;

    private static readonly Dictionary<string, XElement> s_members = XDocument.Load(Path.ChangeExtension(s_assembly.Location, "xml"))
        .Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    // What all go on from.
    private static readonly string s_prelude = Code(s_members["T:OVPipeline.OVPipelineCatalog"])!;

    public static TheoryData<string> Examples => [.. s_members.Where(one => Code(one.Value) is not null).Select(one => one.Key)];

    [Fact]
    public void CatalogMethodsAndEstimators_InTheirDocumentation_HaveAnExample()
    {
        var types = s_assembly.GetExportedTypes();
        string[] methods = [.. types.SelectMany(CatalogMethods).Select(method => $"M:{method.DeclaringType}.{method.Name}(").Distinct()];
        Assert.Contains("M:OVPipeline.OVCircuitTrainers.LowRankCopier(", methods);
        Assert.Contains("M:OVPipeline.OVPipelineCatalog.ScoreTopK(", methods);
        var members = methods.SelectMany(method => s_members.Keys.Where(key => key.StartsWith(method, StringComparison.Ordinal)));
        var estimators = types.Where(IsEstimator).Select(type => $"T:{type}");

        Assert.Equal(types.SelectMany(CatalogMethods).Count(), members.Count());
        Assert.DoesNotContain(members.Concat(estimators), name => !HasExample(s_members[name]));
    }

    [Theory, MemberData(nameof(Examples))]
    public void Example_AfterTheOneOfTheCatalog_Compiles(string member)
    {
        string code = Code(s_members[member])!;
        string program = code == s_prelude ? code : $"{s_prelude}\n{code}";
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create("Example",
            [CSharpSyntaxTree.ParseText(SdkUsings, options), CSharpSyntaxTree.ParseText(program, options)], References(),
            new(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        var wrong = compilation.GetDiagnostics().Where(one => one.Severity == DiagnosticSeverity.Error);
        Assert.True(!wrong.Any(), $"{member}\n{string.Join('\n', wrong)}\n{program}");
    }

    // Extension methods, and those of what ML.NET calls catalogs.
    private static IEnumerable<MethodInfo> CatalogMethods(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(method =>
            method.IsDefined(typeof(ExtensionAttribute)) || (IsCatalog(type) && !method.IsSpecialName));

    private static bool IsCatalog(Type type) =>
        type.IsSubclassOf(typeof(TrainCatalogBase)) || type.IsSubclassOf(typeof(TrainCatalogBase.CatalogInstantiatorBase));

    private static bool IsEstimator(Type type) =>
        type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEstimator<>));

    private static bool HasExample(XElement member) => Code(member) is not null
        || (member.Element("inheritdoc")?.Attribute("cref")?.Value is { } from && HasExample(s_members[from]));

    private static string? Code(XElement member) => member.Element("example")?.Element("code")?.Value.Trim('\n');

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => !file.EndsWith(".Tests.dll", StringComparison.Ordinal))
            .Select(file => MetadataReference.CreateFromFile(file));
}
