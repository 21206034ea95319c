using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OVPipeline.Mutation;

/// <summary>All mutants of a project's sources, in the order of files and of the text.</summary>
internal sealed partial class MutantFinder
{
    private static readonly IReadOnlyList<IOperator> Operators =
        [new BinaryOperators(), new NegatedConditions(), new UnaryOperators(), new Constants(), new Calls(), new Statements()];

    private readonly Dictionary<string, int> _ordinals = [];
    private readonly SourceProject _project;

    public MutantFinder(SourceProject project)
    {
        _project = project;
    }

    /// <summary>The mutants of all operators.</summary>
    public IEnumerable<Mutant> All()
    {
        foreach (SyntaxTree file in _project.Files)
        {
            SemanticModel model = _project.Compilation.GetSemanticModel(file);
            foreach (SyntaxNode node in file.GetRoot().DescendantNodes(SyntaxRules.HasCode))
                foreach (Change change in Operators.SelectMany(kind => kind.ChangesOf(node, model)))
                    if (SyntaxRules.CanSwitch(change.Node, model))
                        yield return MutantOf(change, file.FilePath);
        }
    }

    /// <summary>The mutant that a note describes.</summary>
    /// <exception cref="InvalidDataException">The note's code is not in its member, or is there more than once.</exception>
    public Mutant Described(MutantNote note)
    {
        string before = Compact(note.Before);
        var places =
            from file in _project.Files
            from member in file.GetRoot().DescendantNodes().OfType<MemberDeclarationSyntax>()
            where MemberNames.Of(member) is { } name && note.Names(name)
            from node in member.DescendantNodes()
            where node is ExpressionSyntax or StatementSyntax && Compact(node.ToString()) == before
            select (node, file.FilePath);
        var found = places.DistinctBy(place => (place.FilePath, place.node.Span)).ToArray();
        if (found.Length != 1)
            throw new InvalidDataException($"{note.Project} {note.Member} holds \"{note.Before}\" {found.Length} times, and should once.");
        Change change = found[0].node is ExpressionSyntax expression
            ? new ExpressionChange("curated", expression, _ => SyntaxFactory.ParseExpression(note.After))
            : new StatementChange("curated", (StatementSyntax)found[0].node, note.After);
        return MutantOf(change, found[0].FilePath);
    }

    /// <summary>Code without its white space: the same, however its lines are broken.</summary>
    public static string Compact(string code) => WhiteSpace().Replace(code, "");

    private Mutant MutantOf(Change change, string path)
    {
        string member = MemberNames.Of(change.Node) ?? "";
        string kind = $"{member} {change.Operator}";
        int ordinal = _ordinals[kind] = _ordinals.GetValueOrDefault(kind) + 1;
        return new Mutant
        {
            Id = -1,
            Project = _project.Name,
            Area = Areas.Of(_project.Name, path.Split('/')),
            Path = path,
            Member = member,
            Operator = change.Operator,
            Ordinal = ordinal,
            Before = WhiteSpace().Replace(change.Node.ToString(), " "),
            After = WhiteSpace().Replace(change.After, " "),
            InStaticState = SyntaxRules.IsStaticState(change.Node),
            Change = change,
        };
    }

    [GeneratedRegex("\\s+")]
    private static partial Regex WhiteSpace();
}
