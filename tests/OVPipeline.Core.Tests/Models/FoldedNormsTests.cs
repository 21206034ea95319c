using Xunit;

namespace OVPipeline.Core.Tests;

public sealed class FoldedNormsTests
{
    private static readonly WeightKind[] s_readers =
        [WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_U, WeightKind.W_O, WeightKind.W_E];

    // What is folded reads no gains any more; queries and keys still do, where the model has gains.
    [Theory, InlineData(true), InlineData(false)]
    public void ReadsGains_FoldedModel_OnlyQueriesAndKeysOfAModelWithGains(bool hasGains)
    {
        var source = new InMemoryWeights();
        if (hasGains)
        {
            source.Set(WeightKind.ln1_w, new Matrix(1, 4));
            source.Set(WeightKind.ln_final_w, new Matrix(1, 4));
        }
        var config = new TransformerConfig { Name = "folded", Layers = 1, Heads = 1, DModel = 4, DHead = 2, Vocabulary = 5 };
        IWeightSource folded = new FoldedNorms(source, config);
        WeightKind[] expected = hasGains ? [WeightKind.W_Q, WeightKind.W_K] : [];
        Assert.Equal(expected, s_readers.Where(folded.ReadsGains));
    }
}
