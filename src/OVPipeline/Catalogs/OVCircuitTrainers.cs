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
    /// <exception cref="ArgumentOutOfRangeException">The rank is out of range.</exception>
    /// <exception cref="ArgumentException">The model's outputs are not its tokens: a label has to be named.</exception>
    public LowRankCopierTrainer LowRankCopier(TransformerCheckpoint model, int rank) =>
        LowRankCopier(model, new LowRankCopierOptions { Fit = new() { Rank = rank } });

    /// <summary>A trainer of a low-rank pair, with all options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rank is out of range.</exception>
    /// <exception cref="ArgumentException">The label is the token itself, which is no output of the model.</exception>
    public LowRankCopierTrainer LowRankCopier(TransformerCheckpoint model, LowRankCopierOptions options) =>
        new(Owner.GetEnvironment(), model, options);
}
