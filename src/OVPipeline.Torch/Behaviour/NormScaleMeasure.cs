using System.Globalization;
using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Measures the scales of a model's norms on text or on any sequences of tokens.</summary>
public static class NormScaleMeasure
{
    /// <summary>
    /// Means of 1 / sigma over positions: before each layer's attention by the token that stands there, before the unembedding over all
    /// positions for what heads write (the position that attends may hold any token) and by token for the direct path. A token that stands
    /// nowhere often enough takes the mean over all positions.
    /// </summary>
    /// <param name="model">The model; it must have layer norms.</param>
    /// <param name="batches">Token ids, [B, T] each, Int64.</param>
    /// <param name="what">What the tokens are, in words, after "positions of".</param>
    /// <param name="fewest">How often a token must stand there for a mean of its own.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <exception cref="ArgumentException">Tokens do not fit the model, or there are none.</exception>
    /// <exception cref="InvalidOperationException">The model has no norms.</exception>
    public static NormScales Over(
        Transformer model,
        IEnumerable<Tensor> batches,
        string what,
        int fewest = 16,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batches);
        ArgumentException.ThrowIfNullOrEmpty(what);
        ArgumentOutOfRangeException.ThrowIfLessThan(fewest, 1);
        var config = model.Config;
        if (config.Normalization is null)
            throw new InvalidOperationException($"{config.Name} has no norms whose scales could be measured.");
        using var scope = CallScope.Holding(model);
        using var gradients = no_grad();
        int norms = config.Layers + 1;
        var sums = zeros([config.Vocabulary, norms], ScalarType.Float64);
        var counts = zeros([config.Vocabulary, 1], ScalarType.Float64);
        foreach (var tokens in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var batch = CallScope.Holding(tokens);
            var rows = tokens.cpu().flatten();
            sums.AddRows(rows, stack(Scales(model, tokens), 1).to(ScalarType.Float64).cpu());
            counts.AddRows(rows, ones([rows.shape[0], 1], ScalarType.Float64));
        }
        double[] all = [.. sums.sum([0L]).data<double>()], byToken = [.. sums.flatten().data<double>()];
        long[] stands = [.. counts.flatten().data<double>().ToArray().Select(count => (long)count)];
        long positions = stands.Sum();
        if (positions == 0)
            throw new ArgumentException("There are no tokens to measure the norms' scales on.", nameof(batches));
        int last = config.Layers;
        float[] output = [.. Enumerable.Repeat((float)(all[last] / positions), config.Vocabulary)];
        string often = fewest == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", by token where it stands {fewest} times");
        string source = string.Create(CultureInfo.InvariantCulture, $"means over {positions:N0} positions of {what}{often}");
        return new(source, [.. Enumerable.Range(0, config.Layers).Select(ByToken)], output, ByToken(last));

        float[] ByToken(int norm) => [.. Enumerable.Range(0, config.Vocabulary).Select(token => (float)MeanOf(token, norm))];

        double MeanOf(int token, int norm) =>
            stands[token] >= fewest ? byToken[(token * norms) + norm] / stands[token] : all[norm] / positions;
    }

    // 1 / sigma before each layer and before the unembedding, [B T] each.
    private static IEnumerable<Tensor> Scales(Transformer model, Tensor tokens)
    {
        var (residual, positions) = model.Start(model.Embed(tokens));
        foreach (var block in model.Blocks)
        {
            yield return (block.Attention.Norm?.InverseSigma(residual) ?? ones_like(residual.narrow(-1, 0, 1))).flatten();
            residual = block.Run(residual, positions);
        }
        yield return model.InverseSigma(residual).flatten();
    }
}
