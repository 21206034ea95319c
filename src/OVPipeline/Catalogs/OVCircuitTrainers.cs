using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;

namespace OVPipeline;

/// <summary>Trainers of circuits, at <c>ml.OVCircuits().Trainers</c>.</summary>
public sealed class OVCircuitTrainers : TrainCatalogBase.CatalogInstantiatorBase
{
    internal OVCircuitTrainers(OVCircuitCatalog catalog) : base(catalog) { }

    /// <summary>A trainer of a low-rank pair that copies: every token to itself.</summary>
    /// <param name="model">The model whose W_E and W_U the pair acts through.</param>
    /// <param name="rank">Rank of the pair, in [1, d_model].</param>
    /// <param name="labelColumnName">The key column of the outputs to map to.</param>
    /// <param name="tokenColumnName">The key column of source tokens.</param>
    /// <param name="exampleWeightColumnName">A Single column that weights the rows, or null for equal weights.</param>
    /// <param name="outputColumnName">The circuit column that the fitted copier makes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rank is out of range.</exception>
    /// <exception cref="ArgumentException">The model's outputs are not its tokens: a label has to be named.</exception>
    /// <remarks>
    /// Unlike ML.NET's trainers it fits the same in an MLContext without a seed: with seed 1. Other seeds are those of the MLContext, or of
    /// the options.
    /// </remarks>
    /// <example>
    /// <code>
    /// var copier = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16).Append(ml.Transforms.ScoreTopK()).Fit(tokens);
    /// Console.WriteLine(ml.OVCircuits().Evaluate(copier.Transform(tokens)));
    /// ml.Model.Save(copier, tokens.Schema, "copier.zip");
    /// </code>
    /// </example>
    public LowRankCopierTrainer LowRankCopier(TransformerCheckpoint model, int rank, string labelColumnName = "TokenId",
        string tokenColumnName = "TokenId", string? exampleWeightColumnName = null, string outputColumnName = "Circuit") =>
        LowRankCopier(model, new LowRankCopierTrainer.Options
        {
            Fit = new() { Rank = rank },
            LabelColumnName = labelColumnName,
            TokenColumnName = tokenColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            OutputColumnName = outputColumnName,
        });

    /// <summary>A trainer of a low-rank pair, with all options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rank is out of range.</exception>
    /// <exception cref="ArgumentException">The label is the token itself, which is no output of the model.</exception>
    /// <example>
    /// <code>
    /// var options = new LowRankCopierTrainer.Options { Fit = new() { Rank = 16, MaxSteps = 200, Seed = 7 } };
    /// var fit = ml.OVCircuits().Trainers.LowRankCopier(model, options).Fit(tokens).Fit!;
    /// Console.WriteLine($"{fit.Steps} steps, stopped by {fit.StopReason}, log-loss {fit.LogLoss:F3}");
    /// </code>
    /// </example>
    public LowRankCopierTrainer LowRankCopier(TransformerCheckpoint model, LowRankCopierTrainer.Options options) =>
        new(Owner.GetEnvironment(), model, options);
}
