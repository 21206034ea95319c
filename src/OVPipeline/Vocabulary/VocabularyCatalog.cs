using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>From a model's vocabulary to data.</summary>
public static class VocabularyCatalog
{
    // What keeps variants of a token together.
    internal const string TokenGroup = "TokenGroup";

    /// <summary>
    /// A row for each token of a model, in order: <c>TokenId</c>, a key over the vocabulary whose values are the token strings,
    /// <c>Token</c>, the string, and <c>TokenGroup</c>, what it has in common with its variants (<see cref="TokenVariants"/>). Where a
    /// class member feeds <c>TokenId</c>, it is the 0-based id; keys come out 1-based, as ML.NET's do.
    /// </summary>
    /// <remarks>
    /// Split it with <c>ml.Data.TrainTestSplit</c>, with <c>TokenGroup</c> as its samplingKeyColumnName where variants of a token are to
    /// stay together. Do not name <c>TokenId</c>: that takes the lowest ids, not random ones.
    /// </remarks>
    /// <example>
    /// <code>
    /// var split = ml.Data.TrainTestSplit(ml.Data.LoadVocabulary(model), testFraction: 0.2, samplingKeyColumnName: "TokenGroup");
    /// Console.WriteLine(string.Join(", ", split.TrainSet.Schema.Select(column =&gt; column.Name)));
    /// </code>
    /// </example>
    public static IDataView LoadVocabulary(this DataOperationsCatalog catalog, TransformerCheckpoint model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return catalog.LoadVocabulary(model.Vocabulary);
    }

    /// <summary>
    /// The same rows with a label: an output of the model for each token, a second key column, over its outputs, whose values are their
    /// names. For models whose outputs are not their tokens it takes the place of the token itself.
    /// </summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="model">The model.</param>
    /// <param name="labelColumnName">The column to add.</param>
    /// <param name="outputOf">The 0-based output of a 0-based token; null where it has none, a missing label.</param>
    /// <exception cref="ArgumentOutOfRangeException">An output is not one of the model's.</exception>
    /// <example>
    /// <code>
    /// // Not the token itself, but the one after it.
    /// var next = ml.Data.LoadVocabulary(model, "Next", token =&gt; token + 1 &lt; model.Vocabulary.Count ? token + 1 : null);
    /// var trainer = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16, labelColumnName: "Next");
    /// Console.WriteLine(trainer.Fit(next).Fit!.Accuracy);
    /// </code>
    /// </example>
    public static IDataView LoadVocabulary(this DataOperationsCatalog catalog, TransformerCheckpoint model, string labelColumnName,
        Func<int, int?> outputOf)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentNullException.ThrowIfNull(outputOf);
        var outputs = model.OutputVocabulary;
        uint[] labels = [.. Enumerable.Range(0, model.Vocabulary.Count).Select(Key)];
        return Load(catalog, "TokenId", "Token", model.Vocabulary,
            builder =>
            {
                AddGroups(builder, model.Vocabulary);
                builder.AddColumn(labelColumnName, CircuitColumns.Strings(outputs), (ulong)outputs.Count, labels);
            });

        uint Key(int token) => outputOf(token) switch
        {
            null => 0, // keys are 1-based, and 0 is missing
            { } output when output >= 0 && output < outputs.Count => (uint)output + 1,
            { } output => throw new ArgumentOutOfRangeException(nameof(outputOf), output,
                $"The output of token {token} must be in [0, {outputs.Count}), was {output}."),
        };
    }

    /// <summary>
    /// A row for each output of a model, in order: <c>OutputId</c>, a key over the outputs whose values are their names, and
    /// <c>Output</c>, the name. Where outputs are the tokens these are the tokens. <c>Output</c> alone is the key data with which
    /// <c>MapValueToKey</c> makes labels of names.
    /// </summary>
    /// <example>
    /// <code>
    /// var outputs = ml.Data.LoadOutputVocabulary(model);
    /// Console.WriteLine($"{outputs.GetRowCount()} outputs");
    /// </code>
    /// </example>
    public static IDataView LoadOutputVocabulary(this DataOperationsCatalog catalog, TransformerCheckpoint model)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        return Load(catalog, "OutputId", "Output", model.OutputVocabulary, _ => { });
    }

    /// <inheritdoc cref="LoadVocabulary(DataOperationsCatalog, TransformerCheckpoint)"/>
    public static IDataView LoadVocabulary(this DataOperationsCatalog catalog, Core.Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(vocabulary);
        return Load(catalog, "TokenId", "Token", vocabulary, builder => AddGroups(builder, vocabulary));
    }

    private static void AddGroups(ArrayDataViewBuilder builder, Core.Vocabulary vocabulary) => builder.AddColumn(TokenGroup,
        TextDataViewType.Instance, vocabulary.Tokens.Select(token => TokenVariants.GroupOf(token).AsMemory()).ToArray());

    private static IDataView Load(DataOperationsCatalog catalog, string ids, string texts, Core.Vocabulary vocabulary,
        Action<ArrayDataViewBuilder> addMore)
    {
        var builder = new ArrayDataViewBuilder(catalog.GetEnvironment());
        uint[] keys = [.. Enumerable.Range(1, vocabulary.Count).Select(key => (uint)key)];
        builder.AddColumn(ids, CircuitColumns.Strings(vocabulary), (ulong)vocabulary.Count, keys);
        builder.AddColumn(texts, TextDataViewType.Instance, vocabulary.Tokens.Select(token => token.AsMemory()).ToArray());
        addMore(builder);
        return builder.GetDataView();
    }
}
