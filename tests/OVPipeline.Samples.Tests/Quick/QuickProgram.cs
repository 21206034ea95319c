using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>
/// A program of one file, compiled here against what this project has built: <c>dotnet run FILE</c> does the same and takes ten times as
/// long. The lines that name its projects and packages are held against what it uses.
/// </summary>
internal sealed class QuickProgram
{
    // What the SDK uses where ImplicitUsings is on.
    private const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; "
        + "global using System.Linq; global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly string s_folder = Path.Combine(MainJob.FindRoot(), "samples", "quick");
    private static readonly Lazy<MetadataReference[]> s_references = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    private readonly string _name, _text;

    public QuickProgram(string name)
    {
        _name = name;
        _text = File.ReadAllText(PathOf(name));
    }

    /// <summary>The names of all of them.</summary>
    public static IEnumerable<string> All => Directory.EnumerateFiles(s_folder, "*.cs").Select(path => Path.GetFileName(path)).Order();

    /// <summary>The lines that begin with <c>#:</c>.</summary>
    public IEnumerable<string> Directives => Lines.Where(line => line.StartsWith("#:", StringComparison.Ordinal));

    /// <summary>All lines.</summary>
    public string[] Lines => _text.Split('\n');

    public static string PathOf(string name) => Path.Combine(s_folder, name);

    /// <summary>The projects of this repository that it uses by name.</summary>
    public IEnumerable<string> Namespaces => Lines.Where(line => line.StartsWith("using OVPipeline", StringComparison.Ordinal))
        .Select(line => line["using ".Length..].TrimEnd(';'));

    /// <summary>Compiles it without warnings, and runs it as a process of its own in the repository's folder.</summary>
    public SampleProcess Run()
    {
        string assembly = Path.Combine(AppContext.BaseDirectory, Path.ChangeExtension("quick-" + _name, ".dll"));
        Compile(assembly);
        try
        {
            string host = typeof(QuickProgram).Assembly.GetName().Name!, at = AppContext.BaseDirectory;
            return SampleProcess.Start("dotnet", MainJob.FindRoot(), "exec",
                "--depsfile", Path.Combine(at, host + ".deps.json"),
                "--runtimeconfig", Path.Combine(at, host + ".runtimeconfig.json"), assembly);
        }
        finally
        {
            File.Delete(assembly);
        }
    }

    private void Compile(string assembly)
    {
        // The compiler knows the lines of a file-based program where it is told to.
        var parse = new CSharpParseOptions(LanguageVersion.Latest).WithFeatures([new("FileBasedProgram", "true")]);
        SyntaxTree[] trees =
        [
            CSharpSyntaxTree.ParseText(_text, parse, _name, cancellationToken: TestContext.Current.CancellationToken),
            CSharpSyntaxTree.ParseText(Usings, parse, cancellationToken: TestContext.Current.CancellationToken),
        ];
        var options = new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable,
            optimizationLevel: OptimizationLevel.Release, warningLevel: 9999,
            specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress)]); // as the SDK has it
        var emitted = CSharpCompilation.Create(Path.GetFileNameWithoutExtension(assembly), trees, s_references.Value, options)
            .Emit(assembly, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty(emitted.Diagnostics.Where(one => one.Severity >= DiagnosticSeverity.Warning));
    }
}
