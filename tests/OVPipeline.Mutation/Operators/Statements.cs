using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OVPipeline.Mutation;

/// <summary>Assignments and calls that are left out, and results that are the type's default.</summary>
internal sealed class Statements : IOperator
{
    public IEnumerable<Change> ChangesOf(SyntaxNode node, SemanticModel model)
    {
        switch (node)
        {
            case ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax or InvocationExpressionSyntax } statement:
                yield return new StatementChange("removal", statement, "");
                break;
            case ReturnStatementSyntax { Expression: { } result } when IsPlainValue(result, model):
                yield return Default(result, model);
                break;
            case ArrowExpressionClauseSyntax { Expression: { } result } when IsPlainValue(result, model):
                yield return Default(result, model);
                break;
        }
    }

    private static bool IsPlainValue(ExpressionSyntax result, SemanticModel model) =>
        !result.IsKind(SyntaxKind.DefaultLiteralExpression)
        && !model.GetConstantValue(result).HasValue
        && model.GetTypeInfo(result).Type?.SpecialType is >= SpecialType.System_Boolean and <= SpecialType.System_Double;

    private static ExpressionChange Default(ExpressionSyntax result, SemanticModel model)
    {
        string type = model.GetTypeInfo(result).Type!.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        return new ExpressionChange("default", result, _ => SyntaxFactory.ParseExpression($"default({type})"));
    }
}
