using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline.Checkpoints;

namespace OVPipeline;

/// <summary>From a model's vocabulary to data.</summary>
public static class VocabularyCatalog
{
    /// <summary>
    /// A row for each token of a model, in order: <c>TokenId</c>, a key over the vocabulary whose values are the token strings, and
    /// <c>Token</c>, the string. Where a class member feeds <c>TokenId</c>, it is the 0-based id; keys come out 1-based, as ML.NET's do.
    /// </summary>
    /// <remarks>
    /// Split it with <c>ml.Data.TrainTestSplit</c>, and do not name <c>TokenId</c> as its samplingKeyColumnName: that takes the lowest
    /// ids, not random ones.
    /// </remarks>
    public static IDataView LoadVocabulary(this DataOperationsCatalog catalog, TransformerCheckpoint model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return catalog.LoadVocabulary(model.Vocabulary);
    }

    /// <inheritdoc cref="LoadVocabulary(DataOperationsCatalog, TransformerCheckpoint)"/>
    public static IDataView LoadVocabulary(this DataOperationsCatalog catalog, Core.Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(vocabulary);
        var builder = new ArrayDataViewBuilder(catalog.GetEnvironment());
        uint[] keys = [.. Enumerable.Range(1, vocabulary.Count).Select(key => (uint)key)];
        builder.AddColumn("TokenId", CircuitColumns.Strings(vocabulary), (ulong)vocabulary.Count, keys);
        builder.AddColumn("Token", TextDataViewType.Instance, vocabulary.Tokens.Select(token => token.AsMemory()).ToArray());
        return builder.GetDataView();
    }
}
