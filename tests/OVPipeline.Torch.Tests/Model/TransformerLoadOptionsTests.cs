using OVPipeline.Core;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TransformerLoadOptionsTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 30).Where(seed => RandomTransformers.Draw(seed).Config.Layers > 1)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void FromWeights_SmallBudget_GivesTheSameBits(int seed)
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        var weights = RandomTransformers.Draw(seed);
        using var held = Transformer.FromWeights(weights);
        long all = 4 * held.named_parameters().Sum(named => named.parameter.numel());
        var least = WeightPlan.Of(held.Shape, new() { MemoryBudget = all - 1 });
        using var read = Transformer.FromWeights(weights, new() { MemoryBudget = all - 1 });
        Assert.True(least.HeldLayers < weights.Config.Layers && least.Bytes < all);
        Assert.True(4 * read.named_parameters().Sum(named => named.parameter.numel()) < all);
        var tokens = TestModels.Batch(TestModels.Sequences(weights.Config, seed: seed));
        Assert.Equal(0, (held.forward(tokens) - read.forward(tokens)).abs().max().item<float>());
        Assert.Equal(held.Weights.W_V(new(0, 1)).Values.ToArray(), read.Weights.W_V(new(0, 1)).Values.ToArray());
        var pattern = HeadInterventions.None.UsePattern(new(weights.Config.Layers - 1, 0), new(0, 1));
        Assert.Equal(0, (held.Run(tokens, interventions: pattern).Logits - read.Run(tokens, interventions: pattern).Logits)
            .abs().max().item<float>());
    }

    [Fact]
    public void FromWeights_HalfPrecision_IsTheModelOfRoundedWeights()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        var weights = RandomTransformers.Draw(3);
        using var half = Transformer.FromWeights(weights, new() { Weights = WeightPrecision.BF16 });
        using var rounded = Transformer.FromWeights(weights);
        foreach (var (_, parameter) in rounded.named_parameters())
            using (torch.no_grad())
                parameter.copy_(parameter.to(torch.ScalarType.BFloat16).to(torch.ScalarType.Float32));
        Assert.All(half.named_parameters(), named => Assert.Equal(torch.ScalarType.BFloat16, named.parameter.dtype));
        var tokens = TestModels.Batch(TestModels.Sequences(weights.Config));
        var logits = half.forward(tokens);
        Assert.Equal(torch.ScalarType.Float32, logits.dtype);
        Assert.Equal(0, (logits - rounded.forward(tokens)).abs().max().item<float>());
    }

    [Fact]
    public void FromWeights_TooLittleMemory_SaysHowMuchIsNeeded()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        var weights = RandomTransformers.Draw(3);
        using var model = Transformer.FromWeights(weights);
        long all = 4 * model.named_parameters().Sum(named => named.parameter.numel());
        Refuses(new() { Available = all - 1 }, $"needs {all:N0} bytes for its weights, the memory is {all - 1:N0} bytes", "BF16 halves");
        Refuses(new() { MemoryBudget = 100 }, "the budget is 100 bytes", "W_E, W_U and one layer");
        using var enough = Transformer.FromWeights(weights, new() { Available = all });

        void Refuses(TransformerLoadOptions options, string said, string remedy)
        {
            string message = Assert.Throws<InsufficientMemoryException>(() => Transformer.FromWeights(weights, options)).Message;
            Assert.Contains(said, message, StringComparison.Ordinal);
            Assert.Contains(remedy, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Of_HalfPrecision_CountsWhatIsWidenedAtOnce()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        var weights = RandomTransformers.Draw(3);
        using var model = Transformer.FromWeights(weights);
        long all = model.named_parameters().Sum(named => named.parameter.numel());
        long layer = model.named_parameters().Where(named => named.name.StartsWith("blocks.0.", StringComparison.Ordinal))
            .Sum(named => named.parameter.numel());
        var plan = WeightPlan.Of(model.Shape, new() { Weights = WeightPrecision.BF16 });
        Assert.Equal((2 * all) + (4 * layer), plan.Bytes); // a layer is more than the unembedding
        var wide = model.Shape with { Config = model.Shape.Config with { OutputVocabulary = 100_000 } };
        long unembedding = 100_000L * weights.Config.DModel;
        long more = unembedding - ((long)weights.Config.OutputVocabulary * weights.Config.DModel);
        if (model.Shape.Has(WeightKind.b_U))
            more += 100_000 - weights.Config.OutputVocabulary;
        plan = WeightPlan.Of(wide, new() { Weights = WeightPrecision.BF16 });
        Assert.Equal((2 * (all + more)) + (4 * unembedding), plan.Bytes);
    }

    [Theory]
    [InlineData("embed.W_E", "at the embedding")]
    [InlineData("blocks.1.attn.W_V", "after layer 1")]
    [InlineData("ln_final.w", "after the norm before the unembedding")]
    public void Forward_NotANumber_NamesWhere(string name, string where)
    {
        using var model = TestModels.Random(TestModels.Config(normalization: NormalizationKind.LN, layers: 3));
        using var scope = torch.NewDisposeScope();
        using (torch.no_grad())
            model.Weight(name).mul_(torch.tensor(float.NaN));
        var tokens = TestModels.Batch(TestModels.Sequences(model.Config));
        Assert.Contains(where, Assert.Throws<NotFiniteNumberException>(() => model.forward(tokens)).Message, StringComparison.Ordinal);
        Assert.Contains(where, Assert.Throws<NotFiniteNumberException>(() => model.Run(tokens, ForwardParts.Losses)).Message,
            StringComparison.Ordinal);
    }
}
