using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OVPipeline.Mutation;

/// <summary>How the notes name a member: its types, its name, and for methods the types of the parameters.</summary>
internal static class MemberNames
{
    /// <summary>The member around a node, as <c>ErrorBound.Of(int)</c>; null outside any.</summary>
    public static string? Of(SyntaxNode node)
    {
        MemberDeclarationSyntax? member = node.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().FirstOrDefault(IsNamed);
        if (member is null)
            return null;
        IEnumerable<TypeDeclarationSyntax> types = member.Ancestors().OfType<TypeDeclarationSyntax>().Reverse();
        return string.Join('.', types.Select(type => type.Identifier.Text).Append(NameOf(member)));
    }

    private static bool IsNamed(MemberDeclarationSyntax member) =>
        member is not (BaseTypeDeclarationSyntax or BaseNamespaceDeclarationSyntax);

    private static string NameOf(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text + Parameters(method.ParameterList),
        ConstructorDeclarationSyntax constructor => "new" + Parameters(constructor.ParameterList),
        OperatorDeclarationSyntax operation => operation.OperatorToken.Text + Parameters(operation.ParameterList),
        ConversionOperatorDeclarationSyntax conversion => conversion.Type + Parameters(conversion.ParameterList),
        PropertyDeclarationSyntax property => property.Identifier.Text,
        IndexerDeclarationSyntax => "this",
        BaseFieldDeclarationSyntax field => field.Declaration.Variables[0].Identifier.Text,
        GlobalStatementSyntax => "Main",
        _ => member.RawKind.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private static string Parameters(ParameterListSyntax list) =>
        $"({string.Join(',', list.Parameters.Select(parameter => MutantFinder.Compact(parameter.Type?.ToString() ?? "")))})";
}
