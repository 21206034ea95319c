using Microsoft.ML;
using Microsoft.ML.Data;

namespace OVPipeline;

/// <summary>Opening saved circuits.</summary>
public static class SavedCircuitCatalog
{
    /// <summary>
    /// Opens a pipeline of circuits and their scoring that <c>ml.Model.Save</c> wrote, whoever made the file. Plain <c>ml.Model.Load</c>
    /// opens whatever assembly a file names; this reads the steps of this library alone, and takes no more memory than a small multiple
    /// of what the file holds.
    /// </summary>
    /// <param name="catalog">The catalog, <c>ml.Model</c>.</param>
    /// <param name="path">The zip.</param>
    /// <param name="inputSchema">
    /// The columns that the pipeline reads: keys over the tokens of its circuits, and over their outputs where labels are other columns.
    /// They are made from the circuits, not read from the file.
    /// </param>
    /// <returns>The steps: <see cref="TokenCircuitTransformer"/> and <see cref="TopKScoringTransformer"/>.</returns>
    /// <exception cref="CircuitModelException">
    /// The file cannot be opened, is no such pipeline, has steps of others, was changed, or unpacks to far more than its size. Nothing
    /// else is thrown for what a file holds; the message names the file, and the entry where one is meant.
    /// </exception>
    /// <example>
    /// <code>
    /// var copier = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16).Append(ml.Transforms.ScoreTopK()).Fit(tokens);
    /// ml.Model.Save(copier, tokens.Schema, "copier.zip");
    /// var loaded = ml.Model.LoadCircuit("copier.zip", out var inputSchema);
    /// Console.WriteLine(ml.OVCircuits().Evaluate(loaded.Transform(tokens)));
    /// </code>
    /// </example>
    public static TransformerChain<ITransformer> LoadCircuit(
        this ModelOperationsCatalog catalog, string path, out DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        (var pipeline, inputSchema) = CircuitLoader.Load(catalog.GetEnvironment(), path);
        return pipeline;
    }
}
