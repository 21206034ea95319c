using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OVPipeline.Mutation;

/// <summary>
/// Conditions of <c>if</c>, <c>? :</c> and <c>when</c>, turned round. A loop that never runs, or never ends, is noticed by all.
/// </summary>
internal sealed class NegatedConditions : IOperator
{
    public IEnumerable<Change> ChangesOf(SyntaxNode node, SemanticModel model)
    {
        if (node is ExpressionSyntax condition && IsWholeCondition(condition) &&
            model.GetTypeInfo(condition).Type?.SpecialType == SpecialType.System_Boolean)
            yield return new NegatedCondition(condition);
    }

    public static bool IsWholeCondition(ExpressionSyntax node) => node.Parent switch
    {
        IfStatementSyntax whole => whole.Condition == node,
        ConditionalExpressionSyntax whole => whole.Condition == node,
        WhenClauseSyntax => true,
        _ => false,
    };
}
