using Microsoft.CodeAnalysis;

namespace OVPipeline.Mutation;

/// <summary>A kind of fault.</summary>
internal interface IOperator
{
    /// <summary>The changes of this kind to the node itself, not to what is inside it.</summary>
    IEnumerable<Change> ChangesOf(SyntaxNode node, SemanticModel model);
}
