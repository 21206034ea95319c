using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OVPipeline.Mutation;

/// <summary>Which code is changed, and which is left alone: what cannot hold a switch, and what no test should ask about.</summary>
internal static class SyntaxRules
{
    private static readonly HashSet<string> NotAskedAbout =
        ["Dispose", "DisposeAsync", "GetHashCode", "ThrowIfNull", "ThrowIfNullOrEmpty", "SuppressFinalize", "KeepAlive", "Assert"];

    // A collection that starts too small grows.
    private static readonly HashSet<string> TakesCapacity =
        ["List", "Dictionary", "HashSet", "StringBuilder", "MemoryStream", "FileStream"];

    /// <summary>Whether what is inside the node is looked at.</summary>
    public static bool HasCode(SyntaxNode node) => node switch
    {
        AttributeListSyntax or EnumMemberDeclarationSyntax or PatternSyntax or SwitchLabelSyntax or ParameterSyntax => false,
        ThrowStatementSyntax or ThrowExpressionSyntax or DestructorDeclarationSyntax => false,
        BaseFieldDeclarationSyntax field => !field.Modifiers.Any(SyntaxKind.ConstKeyword),
        LocalDeclarationStatementSyntax local => !local.IsConst,
        MethodDeclarationSyntax method => !NotAskedAbout.Contains(method.Identifier.Text) && !IsThrowHelper(method),
        InvocationExpressionSyntax call => !NotAskedAbout.Contains(CalledName(call)),
        BaseObjectCreationExpressionSyntax made => !TakesCapacity.Contains(TypeName(made)),
        _ => true,
    };

    /// <summary>Whether a switch can stand there.</summary>
    public static bool CanSwitch(SyntaxNode node, SemanticModel model)
    {
        if (node is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call })
            return !NotAskedAbout.Contains(CalledName(call)) && !CalledName(call).StartsWith("Throw", StringComparison.Ordinal);
        // A constant made of constants is one thing: the whole of 1 << 20 is changed, not its parts.
        return node is not LiteralExpressionSyntax { Parent: BinaryExpressionSyntax outer } || !model.GetConstantValue(outer).HasValue;
    }

    /// <summary>Whether the code runs once, when its type is first used.</summary>
    public static bool IsStaticState(SyntaxNode node) => node.Ancestors().Any(around => around switch
    {
        FieldDeclarationSyntax field => field.Modifiers.Any(SyntaxKind.StaticKeyword),
        PropertyDeclarationSyntax property => property.Initializer is not null && property.Modifiers.Any(SyntaxKind.StaticKeyword),
        ConstructorDeclarationSyntax constructor => constructor.Modifiers.Any(SyntaxKind.StaticKeyword),
        _ => false,
    });

    private static string CalledName(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax access => access.Name.Identifier.Text,
        MemberBindingExpressionSyntax binding => binding.Name.Identifier.Text,
        SimpleNameSyntax name => name.Identifier.Text,
        _ => "",
    };

    private static string TypeName(BaseObjectCreationExpressionSyntax made) =>
        made is ObjectCreationExpressionSyntax { Type: SimpleNameSyntax name } ? name.Identifier.Text : "";

    private static bool IsThrowHelper(MethodDeclarationSyntax method) =>
        method.Identifier.Text.StartsWith("Throw", StringComparison.Ordinal) || method.ExpressionBody?.Expression is ThrowExpressionSyntax;
}
