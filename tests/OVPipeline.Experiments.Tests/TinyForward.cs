using System.Text.Json;
using System.Text.Json.Serialization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Experiments.Tests;

/// <summary>Tiny random models on tiny random text, as the laboratory sees them.</summary>
internal static class TinyForward
{
    public static readonly HeadIndex A = new(1, 0), B = new(1, 2);

    private static readonly JsonSerializerOptions s_json = new(ReportDocument.Json)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static TransformerCheckpoint Model(
        bool biases = false, NormalizationKind normalization = NormalizationKind.None, int seed = 1)
    {
        return TinyText.Model(biases, normalization, seed);
    }

    public static ModelText Text(int seed = 1, int tokens = 800) => TinyText.Text(seed, tokens);

    /// <summary>Few blocks, and nothing or a folder to keep results in.</summary>
    public static LaboratoryOptions Options(string? store = null) => LaboratoryOptions.Quick with { Store = store };

    public static ForwardModel ForwardOf(TransformerCheckpoint model) => new(model, Options().Forward, Text());

    public static PairOnText Pair(TransformerCheckpoint model) => ForwardOf(model).Pair(A, B);

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
            using var scope = TorchSharp.torch.NewDisposeScope();
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
