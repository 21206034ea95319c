using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class ModelNamesTests
{
    /// <summary>Families that are not read, and that no layout can read as they are.</summary>
    private static readonly string[] s_notRead = ["HuBERT", "wav2vec 2.0"];

    [Fact]
    public void All_TransformerLensNames_Are247()
    {
        var names = ModelNames.All();
        Assert.Equal(247, names.Count);
        Assert.Contains("4cd36aaeb5dad931d085bd5d46a12b402fe15272", ModelNames.Source, StringComparison.Ordinal);
        Assert.All(names, name => Assert.True(name.Layout is null == name.WhyNot is not null, name.Id));
        Assert.All(s_notRead, family => Assert.All(names.Where(name => name.Family == family), name => Assert.Null(name.Layout)));
    }

    [Theory]
    [InlineData("gpt2", "GPT-2")]
    [InlineData("EleutherAI/pythia-70m", "GPT-NeoX")]
    [InlineData("NeelNanda/Attn_Only_2L512W_C4_Code", "TransformerLens")]
    [InlineData("meta-llama/Llama-2-7b-hf", "Llama")]
    [InlineData("google-bert/bert-base-uncased", "BERT")]
    public void All_Families_AreReadByTheirOwnLayouts(string id, string layout) =>
        Assert.Equal(layout, ModelNames.All().Single(name => name.Id == id).Layout);

    /// <summary>A family that a layout says it reads, by its model type, and does not take, has names that it was not made for.</summary>
    [Fact]
    public void LayoutOf_EveryFamily_IsThatOfItsModelType()
    {
        foreach (var family in KnownModels.All.Select(model => model.Family).Distinct())
        {
            var layout = FamilyProbe.LayoutOf(family);
            if ((family.TextType ?? family.ModelType) is not { } type)
                continue;
            Assert.True(layout is not null || WeightLayouts.OfType(type) is null, $"{family.Title}: its names fit no layout.");
            Assert.True(layout is null || layout.ModelTypes.Count == 0 || layout.ModelTypes.Contains(type),
                $"{family.Title}: {layout?.Name} does not name {type}.");
        }
    }

    [Fact]
    public void LayoutOf_NamesOfNoModel_IsNone() =>
        Assert.Null(FamilyProbe.LayoutOf(new("none", "gpt2", ["transformer.h.0.attn.weight"], null)));
}
