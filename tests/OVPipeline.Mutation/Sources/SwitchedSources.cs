using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OVPipeline.Mutation;

/// <summary>The sources with a switch at every mutant.</summary>
internal static class SwitchedSources
{
    private const string IsOn = "global::OVPipeline.Mutation.Switches.Mutant.Is";

    /// <summary>The changed files by their paths, and the mutants that are in them: those that do not compile are left out.</summary>
    public static (Dictionary<string, string> Files, IReadOnlyList<Mutant> Mutants) Of(SourceProject project, IReadOnlyList<Mutant> mutants)
    {
        HashSet<string> paths = [.. mutants.Select(mutant => mutant.Path)];
        HashSet<string> known = [.. Errors(project.Compilation, paths).Select(Signature)];
        while (true)
        {
            var trees = mutants.GroupBy(mutant => mutant.Path).ToDictionary(
                file => file.Key, file => Switched(project.Files.Single(tree => tree.FilePath == file.Key), [.. file]));
            CSharpCompilation changed = project.Compilation.AddSyntaxTrees(SwitchStub(project));
            foreach (SyntaxTree old in project.Files.Where(tree => trees.ContainsKey(tree.FilePath)))
                changed = changed.ReplaceSyntaxTree(old, trees[old.FilePath]);
            Diagnostic[] errors = [.. Errors(changed, paths).Where(error => !known.Contains(Signature(error)))];
            if (errors.Length == 0)
                return (trees.ToDictionary(tree => tree.Key, tree => tree.Value.ToString()), mutants);
            HashSet<int> faulty = [.. errors.SelectMany(error => Blamed(error, mutants))];
            if (faulty.Count == 0)
                throw new InvalidOperationException($"{project.Name} does not compile with its mutants: {errors[0]}");
            mutants = [.. mutants.Where(mutant => !faulty.Contains(mutant.Id))];
        }
    }

    private static SyntaxTree Switched(SyntaxTree file, IReadOnlyList<Mutant> mutants)
    {
        var rewriter = new Rewriter(mutants.ToLookup(mutant => mutant.Change.Node));
        return file.WithRootAndOptions(rewriter.Visit(file.GetRoot())!, file.Options);
    }

    // A switch inside a body or an initializer makes no error in another file.
    private static IEnumerable<Diagnostic> Errors(CSharpCompilation compilation, HashSet<string> paths) =>
        from tree in compilation.SyntaxTrees.AsParallel()
        where paths.Contains(tree.FilePath)
        from diagnostic in compilation.GetSemanticModel(tree).GetDiagnostics()
        where diagnostic.Severity == DiagnosticSeverity.Error
        select diagnostic;

    private static string Signature(Diagnostic error) => $"{error.Location.SourceTree?.FilePath} {error.Id} {error.GetMessage()}";

    /// <summary>
    /// The mutants around the error; where there is none, all of its member, whose variables they may have left unassigned.
    /// </summary>
    private static IEnumerable<int> Blamed(Diagnostic error, IReadOnlyList<Mutant> mutants)
    {
        SyntaxNode? at = error.Location.SourceTree?.GetRoot().FindNode(error.Location.SourceSpan);
        if (at is null)
            return [];
        IEnumerable<SyntaxAnnotation> marks = at.AncestorsAndSelf().SelectMany(node => node.GetAnnotations("mutant"));
        int[] around = [.. marks.Select(mark => int.Parse(mark.Data!, CultureInfo.InvariantCulture))];
        if (around.Length > 0)
            return around;
        string? member = MemberNames.Of(at);
        string path = error.Location.SourceTree!.FilePath;
        return mutants.Where(mutant => mutant.Path == path && mutant.Member == member).Select(mutant => mutant.Id);
    }

    private static SyntaxTree SwitchStub(SourceProject project) => CSharpSyntaxTree.ParseText(
        "namespace OVPipeline.Mutation.Switches; internal static class Mutant { public static bool Is(int id) => id < 0; }",
        (CSharpParseOptions)project.Files[0].Options);

    private sealed class Rewriter : CSharpSyntaxRewriter
    {
        private readonly ILookup<SyntaxNode, Mutant> _mutants;

        public Rewriter(ILookup<SyntaxNode, Mutant> mutants)
        {
            _mutants = mutants;
        }

        public override SyntaxNode? Visit(SyntaxNode? node)
        {
            SyntaxNode? original = base.Visit(node);
            SyntaxNode? result = original;
            foreach (Mutant mutant in node is null ? [] : _mutants[node])
            {
                ExpressionSyntax isOn = SyntaxFactory.ParseExpression($"{IsOn}({mutant.Id})");
                result = mutant.Change.Switched(isOn, original!, result!)
                    .WithTriviaFrom(original!)
                    .WithAdditionalAnnotations(new SyntaxAnnotation("mutant", mutant.Id.ToString(CultureInfo.InvariantCulture)));
            }
            return result;
        }
    }
}
