using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace OVPipeline.Samples.Tests.Docs;

/// <summary>
/// A program that a page shows: a block, with those that continue it. It is compiled against what the samples refer to, with the SDK's
/// usual usings, as a project of a reader's would be.
/// </summary>
internal sealed record CSharpProgram(IReadOnlyList<CodeBlockOfPage> Blocks, string? Prints)
{
    private const string Continues = "continues", CompiledOnly = "compiled only: ";

    // Other versions of what packages refer to, which every project leaves out.
    private static readonly string[] s_ofVersions = ["CS1701", "CS1702"];

    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>Where it begins.</summary>
    public string Name => Blocks[0].ToString();

    /// <summary>Whether it is short enough to be run here.</summary>
    public bool IsRun => !Blocks.Any(block => block.Remark.StartsWith(CompiledOnly, StringComparison.Ordinal));

    /// <summary>All programs of a page.</summary>
    public static IReadOnlyList<CSharpProgram> Of(DocumentationPage page)
    {
        List<CSharpProgram> programs = [];
        var blocks = page.Blocks;
        for (int i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Language != "csharp")
                continue;
            string? prints = blocks.ElementAtOrDefault(i + 1) is { Language: "text" } text ? text.Code : null;
            if (blocks[i].Remark == Continues && programs is [.., var last])
                programs[^1] = new([.. last.Blocks, blocks[i]], prints ?? last.Prints);
            else
                programs.Add(new([blocks[i]], prints));
        }
        return programs;
    }

    /// <summary>Compiles it into a file; what is wrong, a line each.</summary>
    public IReadOnlyList<string> Compile(string path)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => file.EndsWith(".dll", StringComparison.Ordinal) && !file.EndsWith(".Tests.dll", StringComparison.Ordinal))
            .Select(file => MetadataReference.CreateFromFile(file));
        // Types stand after statements, whatever block they are in; line numbers stay the page's.
        string text = string.Join('\n', Blocks.Select(block => $"#line {block.Line + 1} \"{block.Page.Name}\"\n{block.Code}"));
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(path),
            [CSharpSyntaxTree.ParseText(Usings, options), CSharpSyntaxTree.ParseText(text, options)],
            references,
            new(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable,
                specificDiagnosticOptions: s_ofVersions.Select(id => KeyValuePair.Create(id, ReportDiagnostic.Suppress))));
        using var file = File.Create(path);
        return [.. compilation.Emit(file).Diagnostics.Where(one => one.Severity >= DiagnosticSeverity.Warning && !one.IsSuppressed)
            .Select(one => one.ToString())];
    }

    /// <summary>Compiles and runs it in a folder; its exit code, output and errors.</summary>
    public SampleProcess Run(string folder)
    {
        // Beside the samples, where everything that it refers to lies.
        string dll = Path.Combine(AppContext.BaseDirectory, $"Page-{Guid.NewGuid():N}.dll");
        string host = Path.Combine(AppContext.BaseDirectory, typeof(CSharpProgram).Assembly.GetName().Name!);
        try
        {
            if (Compile(dll) is [var wrong, ..])
                return new(-1, "", wrong);
            return SampleProcess.Start("dotnet", folder,
                "exec", "--runtimeconfig", $"{host}.runtimeconfig.json", "--depsfile", $"{host}.deps.json", dll);
        }
        finally
        {
            File.Delete(dll);
        }
    }
}
