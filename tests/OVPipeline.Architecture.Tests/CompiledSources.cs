using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OVPipeline.Architecture.Tests;

/// <summary>
/// A project's sources, bound by the compiler: which types they declare and which they use. A use is a name that is written, or a member,
/// constructor, operator or indexer that is called without its type being named; what only comments name is none.
/// </summary>
internal sealed class CompiledSources
{
    // What Microsoft.NET.Sdk adds where ImplicitUsings is enabled.
    private const string ImplicitUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    // A partial member that a source generator completes (GeneratedRegex): its declaration is all that a use needs.
    private const string PartialMemberWithoutBody = "CS8795";

    private readonly HashSet<TypeUse> _uses = [];
    private readonly HashSet<ForeignUse> _foreignUses = [];

    private CompiledSources(CSharpCompilation compilation)
    {
        BindingErrors = [.. compilation.GetDiagnostics()
            .Where(found => found.Severity == DiagnosticSeverity.Error && found.Id != PartialMemberWithoutBody)
            .Select(found => found.ToString())];
        Types = [.. AllTypes(compilation.Assembly.GlobalNamespace)
            .SelectMany(type => FilesOf(type).Select(file => new DeclaredType(type.MetadataName, file)))];
        foreach (SyntaxTree tree in compilation.SyntaxTrees)
            CollectUses(compilation.GetSemanticModel(tree), tree);
    }

    /// <summary>What did not bind: a use that is not seen. The rules below mean nothing where there is one.</summary>
    public IReadOnlyList<string> BindingErrors { get; }

    /// <summary>The top-level types, once for each file that declares a part.</summary>
    public IReadOnlyList<DeclaredType> Types { get; }

    /// <summary>Uses of types that another file of these sources declares.</summary>
    public IReadOnlyCollection<TypeUse> Uses => _uses;

    /// <summary>Uses of types that no file of these sources declares.</summary>
    public IReadOnlyCollection<ForeignUse> ForeignUses => _foreignUses;

    /// <summary>Binds files, given by paths relative to their project.</summary>
    public static CompiledSources Bind(
        string assembly,
        IEnumerable<(string Path, string Text)> files,
        IEnumerable<MetadataReference> references)
    {
        var parsing = new CSharpParseOptions(LanguageVersion.CSharp14);
        IEnumerable<SyntaxTree> trees = files
            .Append((Path: "", Text: ImplicitUsings))
            .Select(file => CSharpSyntaxTree.ParseText(file.Text, parsing, file.Path));
        var options = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            allowUnsafe: true,
            nullableContextOptions: NullableContextOptions.Enable);
        return new(CSharpCompilation.Create(assembly, trees, references, options));
    }

    private void CollectUses(SemanticModel model, SyntaxTree tree)
    {
        foreach (SyntaxNode node in tree.GetRoot().DescendantNodes().Where(MayUseAType))
        {
            INamedTypeSymbol? type = UsedType(model.GetSymbolInfo(node).Symbol);
            if (type is null)
                continue;
            string[] files = FilesOf(type);
            if (files.Length == 0 && type.ContainingAssembly is { } assembly)
                _foreignUses.Add(new(tree.FilePath, assembly.Name, type.ToDisplayString()));
            else if (!files.Contains(tree.FilePath))
                _uses.UnionWith(files.Select(file => new TypeUse(tree.FilePath, type.Name, file)));
        }
    }

    private static bool MayUseAType(SyntaxNode node) => node is SimpleNameSyntax
        or BaseObjectCreationExpressionSyntax
        or ConstructorInitializerSyntax
        or ElementAccessExpressionSyntax
        or BinaryExpressionSyntax
        or AssignmentExpressionSyntax
        or PrefixUnaryExpressionSyntax
        or PostfixUnaryExpressionSyntax
        or CastExpressionSyntax;

    /// <summary>The top-level type that a symbol is, or is a member of.</summary>
    private static INamedTypeSymbol? UsedType(ISymbol? symbol)
    {
        if (symbol is IAliasSymbol alias)
            symbol = alias.Target;
        if (symbol is IMethodSymbol { ReducedFrom: { } extension })
            symbol = extension;
        INamedTypeSymbol? type = symbol as INamedTypeSymbol ?? symbol?.ContainingType;
        while (type?.ContainingType is { } outer)
            type = outer;
        return type?.OriginalDefinition;
    }

    private static string[] FilesOf(INamedTypeSymbol type) =>
        [.. type.DeclaringSyntaxReferences.Select(part => part.SyntaxTree.FilePath).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<INamedTypeSymbol> AllTypes(INamespaceSymbol space) =>
        space.GetTypeMembers().Concat(space.GetNamespaceMembers().SelectMany(AllTypes));
}
