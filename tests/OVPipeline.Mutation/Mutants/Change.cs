using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OVPipeline.Mutation;

/// <summary>How one piece of code is changed, and how the change is made switchable.</summary>
/// <param name="Operator">The kind of change.</param>
/// <param name="Node">The code in the unchanged tree.</param>
internal abstract record Change(string Operator, SyntaxNode Node)
{
    /// <summary>The changed code, to read.</summary>
    public abstract string After { get; }

    /// <summary>The code that is changed when the switch is on.</summary>
    /// <param name="isOn">An expression that is true when the mutant runs.</param>
    /// <param name="original">The code, with the switches of what is inside it.</param>
    /// <param name="soFar">The code with those of its own switches that were put in before this one.</param>
    public abstract SyntaxNode Switched(ExpressionSyntax isOn, SyntaxNode original, SyntaxNode soFar);

    protected static ExpressionSyntax Bracketed(ExpressionSyntax expression) =>
        SyntaxFactory.ParenthesizedExpression(expression.WithoutTrivia());
}

/// <summary>An expression becomes another: <c>(Is(1) ? a + b : a - b)</c>.</summary>
/// <param name="Operator">The kind of change.</param>
/// <param name="Target">The expression.</param>
/// <param name="Mutate">From the expression to the changed one.</param>
internal sealed record ExpressionChange(string Operator, ExpressionSyntax Target, Func<ExpressionSyntax, ExpressionSyntax> Mutate)
    : Change(Operator, Target)
{
    /// <summary>The type that both branches are cast to, where the literals alone would not have it.</summary>
    public string? Cast { get; init; }

    public override string After => Mutate(Target).ToString();

    public override SyntaxNode Switched(ExpressionSyntax isOn, SyntaxNode original, SyntaxNode soFar)
    {
        ExpressionSyntax changed = Bracketed(Mutate((ExpressionSyntax)original));
        ExpressionSyntax kept = Bracketed((ExpressionSyntax)soFar);
        ExpressionSyntax choice = Bracketed(SyntaxFactory.ConditionalExpression(isOn, changed, kept));
        return Cast is null ? choice : SyntaxFactory.ParseExpression($"(({Cast}){choice})");
    }
}

/// <summary>A condition is turned round: <c>(Is(1) != (a))</c>, which needs the condition once and so may declare variables.</summary>
/// <param name="Target">The condition.</param>
internal sealed record NegatedCondition(ExpressionSyntax Target) : Change("negation", Target)
{
    public override string After => $"!({Target})";

    public override SyntaxNode Switched(ExpressionSyntax isOn, SyntaxNode original, SyntaxNode soFar) =>
        Bracketed(SyntaxFactory.BinaryExpression(SyntaxKind.NotEqualsExpression, isOn, Bracketed((ExpressionSyntax)soFar)));
}

/// <summary>A statement becomes others, or nothing: <c>{ if (Is(1)) { b } else { a } }</c>.</summary>
/// <param name="Operator">The kind of change.</param>
/// <param name="Target">The statement.</param>
/// <param name="Replacement">What stands in its place; empty where it is removed.</param>
internal sealed record StatementChange(string Operator, StatementSyntax Target, string Replacement) : Change(Operator, Target)
{
    public override string After => Replacement.Length == 0 ? "(removed)" : Replacement;

    public override SyntaxNode Switched(ExpressionSyntax isOn, SyntaxNode original, SyntaxNode soFar)
    {
        var choice = (IfStatementSyntax)SyntaxFactory.ParseStatement($"if ({isOn}) {{ {Replacement} }} else {{ }}");
        BlockSyntax kept = SyntaxFactory.Block((StatementSyntax)soFar.WithoutTrivia());
        return SyntaxFactory.Block(choice.WithElse(SyntaxFactory.ElseClause(kept)));
    }
}
