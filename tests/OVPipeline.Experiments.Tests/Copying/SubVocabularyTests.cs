using OVPipeline.Checkpoints;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class SubVocabularyTests
{
    private static readonly TransformerCheckpoint s_model = TinyModel.Create(20, 6, 1, 1, 3);

    [Fact]
    public void Of_Tokens_KeepTheirVectors()
    {
        var known = SubVocabulary.Of(s_model, [3, 17]);
        Assert.Equal(2, known.Weights.Config.Vocabulary);
        Assert.Equal(s_model.Vocabulary[17], known.Vocabulary[1]);
        Assert.Equal(s_model.Weights.W_E.Row(17).ToArray(), known.Weights.W_E.Row(1).ToArray());
        Assert.Equal(s_model.Weights.W_U[4, 17], known.Weights.W_U[4, 1]);
    }

    [Fact]
    public void Of_NoTokensOrNoneOfTheModels_Throws()
    {
        Assert.Throws<ArgumentException>(() => SubVocabulary.Of(s_model, []));
        Assert.Throws<ArgumentOutOfRangeException>("tokens", () => SubVocabulary.Of(s_model, [-1]));
        Assert.Throws<ArgumentOutOfRangeException>("tokens", () => SubVocabulary.Of(s_model, [3, 20]));
    }
}
