using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxKind;

namespace OVPipeline.Mutation;

/// <summary>Signs and steps: <c>-a</c> to <c>a</c>, <c>!a</c> to <c>a</c>, <c>++</c> to <c>--</c>, <c>+=</c> to <c>-=</c>.</summary>
internal sealed class UnaryOperators : IOperator
{
    private static readonly Dictionary<SyntaxKind, (SyntaxKind Becomes, SyntaxKind Token)> Updates = new()
    {
        [AddAssignmentExpression] = (SubtractAssignmentExpression, MinusEqualsToken),
        [SubtractAssignmentExpression] = (AddAssignmentExpression, PlusEqualsToken),
        [MultiplyAssignmentExpression] = (DivideAssignmentExpression, SlashEqualsToken),
        [DivideAssignmentExpression] = (MultiplyAssignmentExpression, AsteriskEqualsToken),
    };

    public IEnumerable<Change> ChangesOf(SyntaxNode node, SemanticModel model)
    {
        switch (node)
        {
            case PrefixUnaryExpressionSyntax unary when unary.IsKind(UnaryMinusExpression):
                yield return new ExpressionChange("sign", unary, old => ((PrefixUnaryExpressionSyntax)old).Operand);
                break;
            case PrefixUnaryExpressionSyntax unary when unary.IsKind(LogicalNotExpression) && !NegatedConditions.IsWholeCondition(unary):
                yield return new ExpressionChange("sign", unary, old => ((PrefixUnaryExpressionSyntax)old).Operand);
                break;
            // The step of a for loop is left alone: running the wrong way is noticed by all.
            case PostfixUnaryExpressionSyntax step when step.Parent is not ForStatementSyntax && IsStep(step):
                yield return new ExpressionChange("step", step, old => Turned((PostfixUnaryExpressionSyntax)old));
                break;
            case AssignmentExpressionSyntax step when Updates.TryGetValue(step.Kind(), out var update) && IsNumber(step, model):
                yield return new ExpressionChange(
                    "step", step, old => Turned((AssignmentExpressionSyntax)old, update.Becomes, update.Token));
                break;
        }
    }

    private static bool IsStep(PostfixUnaryExpressionSyntax step) =>
        step.IsKind(PostIncrementExpression) || step.IsKind(PostDecrementExpression);

    private static bool IsNumber(AssignmentExpressionSyntax assignment, SemanticModel model) =>
        assignment.Parent is not ForStatementSyntax && model.GetTypeInfo(assignment.Left).Type is { IsValueType: true };

    private static PostfixUnaryExpressionSyntax Turned(PostfixUnaryExpressionSyntax step) => step.IsKind(PostIncrementExpression)
        ? SyntaxFactory.PostfixUnaryExpression(PostDecrementExpression, step.Operand)
        : SyntaxFactory.PostfixUnaryExpression(PostIncrementExpression, step.Operand);

    private static AssignmentExpressionSyntax Turned(AssignmentExpressionSyntax old, SyntaxKind becomes, SyntaxKind token) =>
        SyntaxFactory.AssignmentExpression(becomes, old.Left, SyntaxFactory.Token(token).WithTriviaFrom(old.OperatorToken), old.Right);
}
