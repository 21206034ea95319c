using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OVPipeline.Mutation;

/// <summary>Calls: the smaller for the larger, the first for the last, and two neighbouring arguments of one type swapped.</summary>
internal sealed class Calls : IOperator
{
    private static readonly Dictionary<string, string> Opposites = Both(
        ("Min", "Max"), ("MinBy", "MaxBy"), ("OrderBy", "OrderByDescending"), ("ThenBy", "ThenByDescending"), ("First", "Last"),
        ("FirstOrDefault", "LastOrDefault"), ("Any", "All"), ("Floor", "Ceiling"), ("Skip", "Take"), ("StartsWith", "EndsWith"),
        ("GreaterThan", "GreaterThanOrEqual"), ("LessThan", "LessThanOrEqual"), ("BitIncrement", "BitDecrement"), ("Sqrt", "Abs"));

    // What these do is the same whichever way round two of their arguments stand.
    private static readonly HashSet<string> Symmetric =
        ["Min", "Max", "MinNative", "MaxNative", "Equals", "ReferenceEquals", "Add", "Multiply", "BitwiseOr", "Dot"];

    // Of these the first two may be swapped, and the third may not.
    private static readonly HashSet<string> ProductFirst = ["FusedMultiplyAdd", "MultiplyAdd", "MultiplyAddEstimate"];

    public IEnumerable<Change> ChangesOf(SyntaxNode node, SemanticModel model)
    {
        if (node is SimpleNameSyntax name && IsCalled(name) && Opposites.TryGetValue(name.Identifier.Text, out string? opposite))
            yield return OppositeOf(name, opposite);
        if (node is not ArgumentListSyntax { Parent: ExpressionSyntax call } list)
            yield break;
        if (model.GetSymbolInfo(call).Symbol is not IMethodSymbol method)
            yield break;
        if (Symmetric.Contains(method.Name) || list.Arguments.Count > method.Parameters.Length)
            yield break;
        for (int i = ProductFirst.Contains(method.Name) ? 1 : 0; i + 1 < list.Arguments.Count; i++)
            if (CanSwap(list, i, method))
                yield return Swap(call, i);
    }

    private static Dictionary<string, string> Both(params (string, string)[] pairs) =>
        pairs.Concat(pairs.Select(pair => (pair.Item2, pair.Item1))).ToDictionary(pair => pair.Item1, pair => pair.Item2);

    private static bool IsCalled(SimpleNameSyntax name) =>
        name.Parent is MemberAccessExpressionSyntax access && access.Name == name && access.Parent is InvocationExpressionSyntax;

    private static ExpressionChange OppositeOf(SimpleNameSyntax name, string opposite)
    {
        var call = (InvocationExpressionSyntax)name.Parent!.Parent!;
        return new ExpressionChange("opposite", call, old =>
        {
            var access = (MemberAccessExpressionSyntax)((InvocationExpressionSyntax)old).Expression;
            SimpleNameSyntax renamed = access.Name.WithIdentifier(SyntaxFactory.Identifier(opposite));
            return ((InvocationExpressionSyntax)old).WithExpression(access.WithName(renamed));
        });
    }

    private static bool CanSwap(ArgumentListSyntax list, int first, IMethodSymbol method)
    {
        ArgumentSyntax[] pair = [list.Arguments[first], list.Arguments[first + 1]];
        bool arePlain = pair.All(argument => argument.NameColon is null && argument.RefKindKeyword.IsKind(SyntaxKind.None));
        return arePlain
            && SymbolEqualityComparer.Default.Equals(method.Parameters[first].Type, method.Parameters[first + 1].Type)
            && !method.Parameters[first + 1].IsParams
            && !SyntaxFactory.AreEquivalent(pair[0], pair[1]);
    }

    private static ExpressionChange Swap(ExpressionSyntax call, int first) => new("arguments", call, old =>
    {
        ArgumentListSyntax list = old.ChildNodes().OfType<ArgumentListSyntax>().Single();
        (ArgumentSyntax left, ArgumentSyntax right) = (list.Arguments[first], list.Arguments[first + 1]);
        return old.ReplaceNodes([left, right], (argument, _) => argument == left ? right.WithTriviaFrom(left) : left.WithTriviaFrom(right));
    });
}
