using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Experiments;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Tests.Common;

/// <summary>Tiny random models that run, and tiny random text to run them on.</summary>
internal static class TinyText
{
    /// <summary>Builds without libtorch have nothing to run a model by.</summary>
    public static void SkipWithoutLibtorch() =>
        Assert.SkipUnless(TorchLibrary.WhyUnavailable() is null, $"{TorchLibrary.WhyUnavailable()}");

    public static TransformerCheckpoint Model(bool biases = false, NormalizationKind normalization = NormalizationKind.None, int seed = 1)
    {
        SkipWithoutLibtorch();
        var module = new Transformer(new()
        {
            Name = "tiny",
            Vocabulary = 30,
            DModel = 12,
            Layers = 2,
            Heads = 3,
            DHead = 4,
            ContextLength = 16,
            Biases = biases,
            Normalization = normalization,
        }, new() { Embedding = 1, Position = 1, Attention = 0.6, Output = 0.6, Unembedding = 0.4 }, seed);
        if (biases || normalization == NormalizationKind.LN)
        {
            using var gradients = TorchSharp.torch.no_grad();
            using var scope = TorchSharp.torch.NewDisposeScope();
            foreach (var (name, parameter) in module.named_parameters())
            {
                if (name.Contains("b_", StringComparison.Ordinal) || name.Contains("ln", StringComparison.Ordinal))
                    parameter.copy_(parameter.Plus(TorchSharp.torch.linspace(-0.3, 0.4, parameter.numel()).view(parameter.shape)));
            }
        }
        return new(module.Weights, new Vocabulary([.. Enumerable.Range(0, 30).Select(Token)]));

        static string Token(int id)
        {
            if (id % 3 == 0)
                return $"␣Word{id}";
            return id == 4 ? "." : $"word{id}";
        }
    }

    /// <summary>Writes a model that runs as a folder, without its tokens.</summary>
    public static void SaveTo(this TransformerCheckpoint model, string folder)
    {
        using var module = Transformer.FromWeights(model.Weights);
        module.Save(folder);
    }

    // Tokens that often repeat what came before, so that there is something to induce.
    public static ModelText Text(int seed = 1, int tokens = 800)
    {
        int[] Make(int own)
        {
            var random = new Random(own);
            var ids = new List<int>();
            while (ids.Count < tokens)
                ids.Add(ids.Count > 8 && random.Next(2) == 0 ? ids[^(3 + random.Next(5))] : random.Next(1, 30));
            return [.. ids];
        }
        return new(Make(seed), Make(seed + 100), 0, "training; validation");
    }
}
