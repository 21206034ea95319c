using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxKind;

namespace OVPipeline.Mutation;

/// <summary>
/// Comparisons at their boundary, other arithmetic, other logic: <c>a &lt; b</c> to <c>a &lt;= b</c>, <c>a + b</c> to <c>a - b</c>.
/// </summary>
internal sealed class BinaryOperators : IOperator
{
    private static readonly Dictionary<SyntaxKind, (string Operator, SyntaxKind Becomes, SyntaxKind Token)> Swaps = new()
    {
        [LessThanExpression] = ("boundary", LessThanOrEqualExpression, LessThanEqualsToken),
        [LessThanOrEqualExpression] = ("boundary", LessThanExpression, LessThanToken),
        [GreaterThanExpression] = ("boundary", GreaterThanOrEqualExpression, GreaterThanEqualsToken),
        [GreaterThanOrEqualExpression] = ("boundary", GreaterThanExpression, GreaterThanToken),
        [EqualsExpression] = ("equality", NotEqualsExpression, ExclamationEqualsToken),
        [NotEqualsExpression] = ("equality", EqualsExpression, EqualsEqualsToken),
        [AddExpression] = ("arithmetic", SubtractExpression, MinusToken),
        [SubtractExpression] = ("arithmetic", AddExpression, PlusToken),
        [MultiplyExpression] = ("arithmetic", DivideExpression, SlashToken),
        [DivideExpression] = ("arithmetic", MultiplyExpression, AsteriskToken),
        [ModuloExpression] = ("arithmetic", MultiplyExpression, AsteriskToken),
        [LogicalAndExpression] = ("logic", LogicalOrExpression, BarBarToken),
        [LogicalOrExpression] = ("logic", LogicalAndExpression, AmpersandAmpersandToken),
        [BitwiseAndExpression] = ("logic", BitwiseOrExpression, BarToken),
        [BitwiseOrExpression] = ("logic", BitwiseAndExpression, AmpersandToken),
        [LeftShiftExpression] = ("arithmetic", RightShiftExpression, GreaterThanGreaterThanToken),
        [RightShiftExpression] = ("arithmetic", LeftShiftExpression, LessThanLessThanToken),
    };

    public IEnumerable<Change> ChangesOf(SyntaxNode node, SemanticModel model)
    {
        if (node is not BinaryExpressionSyntax binary || !Swaps.TryGetValue(binary.Kind(), out var swap))
            yield break;
        // Texts and delegates are joined by +; a negated condition says the same as == turned round, where it is the whole condition.
        if (!IsValue(model.GetTypeInfo(binary.Left).Type) || !IsValue(model.GetTypeInfo(binary.Right).Type))
            yield break;
        if (swap.Operator == "equality" && NegatedConditions.IsWholeCondition(binary))
            yield break;
        yield return new ExpressionChange(swap.Operator, binary, old => Swapped((BinaryExpressionSyntax)old, swap.Becomes, swap.Token));
    }

    private static ExpressionSyntax Swapped(BinaryExpressionSyntax old, SyntaxKind becomes, SyntaxKind token)
    {
        // What the new operator binds more tightly than the old one is put in brackets: a + b as the left of a product.
        ExpressionSyntax left = Bracketed(old.Left);
        ExpressionSyntax right = Bracketed(old.Right);
        SyntaxToken sign = SyntaxFactory.Token(token).WithTriviaFrom(old.OperatorToken);
        return SyntaxFactory.BinaryExpression(becomes, left, sign, right);
    }

    private static ExpressionSyntax Bracketed(ExpressionSyntax operand) => operand is BinaryExpressionSyntax or ConditionalExpressionSyntax
        ? SyntaxFactory.ParenthesizedExpression(operand.WithoutTrivia()).WithTriviaFrom(operand)
        : operand;

    private static bool IsValue(ITypeSymbol? type) => type is { IsValueType: true } or ITypeParameterSymbol;
}
