using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>What the heads attend to: induction scores on repeated random tokens, previous-token scores on text.</summary>
internal static class HeadScores
{
    private const int Sequences = 8;

    /// <summary>Mean attention, in the second of two equal random halves, to the token after the current one's first occurrence.</summary>
    public static IReadOnlyList<(HeadIndex Head, double Value)> Induction(AttentionOnlyTransformer model, int context, int separator)
    {
        int half = (context - 1) / 2, vocabulary = model.Config.Vocabulary;
        var random = new SplitMix64(7);
        long[] tokens = new long[Sequences * (1 + 2 * half)];
        for (int b = 0; b < Sequences; b++)
        {
            int first = b * (1 + 2 * half);
            tokens[first] = separator;
            for (int i = 1; i <= half; i++)
                tokens[first + i] = tokens[first + half + i] = vocabulary / 10 + random.Below(vocabulary - vocabulary / 10);
        }
        return Mean(model, tokens, 1 + 2 * half, patterns => PatternScores.Induction(patterns, half));
    }

    /// <summary>Mean attention to the token before.</summary>
    public static IReadOnlyList<(HeadIndex Head, double Value)> PreviousToken(AttentionOnlyTransformer model, TokenBatch text) =>
        Mean(model, text.Inputs.AsSpan(0, Math.Min(Sequences, text.Sequences) * text.Context).ToArray(), text.Context, PatternScores.PreviousToken);

    private static List<(HeadIndex, double)> Mean(AttentionOnlyTransformer model, long[] tokens, int length, Func<Tensor, Tensor> score)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var scores = new List<(HeadIndex, double)>();
        var (residual, positions) = model.Start(model.Embed(tensor(tokens).view(-1, length)));
        for (int layer = 0; layer < model.Config.Layers; layer++)
        {
            var block = model.Layers[layer];
            var (queries, keys, values) = block.Project(block.Input(residual), positions);
            float[] means = score(block.Patterns(queries, keys)).mean([0]).data<float>().ToArray();
            scores.AddRange(means.Select((mean, head) => (new HeadIndex(layer, head), (double)mean)));
            residual = residual + block.Output(AttentionLayer.Attend(queries, keys, values));
        }
        return scores;
    }
}
