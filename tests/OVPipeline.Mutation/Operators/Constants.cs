using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OVPipeline.Mutation;

/// <summary>Numbers become one more; <c>true</c> and <c>false</c> each other.</summary>
internal sealed class Constants : IOperator
{
    public IEnumerable<Change> ChangesOf(SyntaxNode node, SemanticModel model)
    {
        if (node is not LiteralExpressionSyntax literal || node.Parent is PrefixUnaryExpressionSyntax)
            yield break;
        TypeInfo type = model.GetTypeInfo(literal);
        if (literal.IsKind(SyntaxKind.TrueLiteralExpression) || literal.IsKind(SyntaxKind.FalseLiteralExpression))
            yield return new ExpressionChange("boolean", literal, _ => Opposite(literal));
        else if (literal.IsKind(SyntaxKind.NumericLiteralExpression) && OneMore(literal.Token) is { } more)
            yield return new ExpressionChange("constant", literal, _ => SyntaxFactory.ParseExpression(more))
            {
                // A literal int may stand where a byte or a float is asked for; a choice of two may not.
                Cast = SymbolEqualityComparer.Default.Equals(type.Type, type.ConvertedType) ? null : NumberType(type.ConvertedType),
            };
    }

    private static LiteralExpressionSyntax Opposite(LiteralExpressionSyntax literal) => literal.IsKind(SyntaxKind.TrueLiteralExpression)
        ? SyntaxFactory.LiteralExpression(SyntaxKind.FalseLiteralExpression)
        : SyntaxFactory.LiteralExpression(SyntaxKind.TrueLiteralExpression);

    private static string? NumberType(ITypeSymbol? type) => type is { IsValueType: true } and not INamedTypeSymbol { IsGenericType: true }
        ? type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)
        : null;

    private static string? OneMore(SyntaxToken number) => number.Value switch
    {
        int value => Invariant($"{value + 1L}"),
        uint value => Invariant($"{value + 1L}u"),
        long value => Invariant($"{(decimal)value + 1}L"),
        ulong value => Invariant($"{(decimal)value + 1}UL"),
        // A large or tiny number would not change by one more, or would be nothing like itself: those are doubled.
        float value => Invariant($"{(IsOrdinary(value) ? value + 1 : value * 2):R}f"),
        double value => Invariant($"{(IsOrdinary(value) ? value + 1 : value * 2):R}d"),
        _ => null,
    };

    private static bool IsOrdinary(double value) => value is 0 or (>= 0.01 and <= 1e6);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
