using System.Text.Json;
using System.Text.Json.Serialization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Experiments.Tests;

/// <summary>Tiny random models that run on tiny random text.</summary>
internal static class TinyForward
{
    public static readonly HeadIndex A = new(1, 0), B = new(1, 2);

    private static readonly JsonSerializerOptions s_json = new(ReportDocument.Json)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static TransformerCheckpoint Model(bool biases = false, NormalizationKind normalization = NormalizationKind.None, int seed = 1)
    {
        Assert.SkipUnless(TorchLibrary.WhyUnavailable() is null, $"{TorchLibrary.WhyUnavailable()}");
        var module = new AttentionOnlyTransformer(new()
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

    /// <summary>Few blocks, and nothing or a folder to keep results in.</summary>
    public static LaboratoryOptions Options(string? store = null) => LaboratoryOptions.Quick with { Store = store };

    public static ForwardModel Forward(TransformerCheckpoint model) => new(model, Options().Forward, Text());

    public static PairOnText Pair(TransformerCheckpoint model) => Forward(model).Pair(A, B);

    /// <summary>The same where what is fitted on is what is judged on.</summary>
    public static PairOnText PairOnOneText(TransformerCheckpoint model)
    {
        var text = Text();
        return new ForwardModel(model, new LaboratoryOptions().Forward, text with { Validation = text.Training }).Pair(A, B);
    }

    /// <summary>A laboratory for a model on tiny text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="store">Where results are kept; null for nowhere.</param>
    /// <param name="text">Whether there is text.</param>
    public static Laboratory NewLaboratory(TransformerCheckpoint model, string? store = null, bool text = true) =>
        new(model, Options(store), text ? Text() : null);

    /// <summary>The model's own loss of each validation block.</summary>
    public static double[] Losses(PairOnText text, HeadInterventions? interventions = null)
    {
        using var gradients = TorchSharp.torch.no_grad();
        return [.. text.Validation.Select(block =>
        {
            var targets = block.Targets.view(block.Inputs.shape);
            using var pass = text.Forward.Module.Run(block.Inputs, ForwardParts.Losses, interventions, targets);
            return pass.Losses.to(TorchSharp.torch.ScalarType.Float64).mean().item<double>();
        })];
    }

    /// <summary>All that a value says, NaN and infinity as text.</summary>
    public static string Json<T>(T value) => JsonSerializer.Serialize(value, s_json);

    public static void Equal(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
            Assert.InRange(actual[i], expected[i] - tolerance, expected[i] + tolerance);
    }
}
