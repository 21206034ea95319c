using OVPipeline.Core;

namespace OVPipeline.Samples.InspectCheckpoint;

/// <summary>Reads all a model has, so that a bad value anywhere is found.</summary>
internal static class WeightChecks
{
    private const int BlockValues = 1 << 20; // 4 MiB of float a read: a block of a few hundred tokens at the widths of today's models
    private static readonly WeightKind[] s_ofHead =
    [
        WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_O, WeightKind.b_Q, WeightKind.b_K, WeightKind.b_V,
    ];
    private static readonly WeightKind[] s_ofLayer = [WeightKind.b_O, WeightKind.ln1_w, WeightKind.ln1_b];
    private static readonly WeightKind[] s_ofModel = [WeightKind.W_pos, WeightKind.ln_final_w, WeightKind.ln_final_b];
    private static readonly WeightKind[] s_ofTokens = [WeightKind.W_E, WeightKind.W_U, WeightKind.b_U];

    /// <summary>Reads every weight, tokens a block at a time, and gives their number. Reading throws where a value is not finite.</summary>
    public static int ReadAll(TransformerWeights weights, Action<double> done, CancellationToken cancellationToken)
    {
        var config = weights.Config;
        var read = config.AllHeads.SelectMany(head => s_ofHead.Select(kind => (kind, head)))
            .Concat(Enumerable.Range(0, config.Layers).SelectMany(layer => s_ofLayer.Select(kind => (kind, head: new HeadIndex(layer, 0)))))
            .Concat(s_ofModel.Select(kind => (kind, head: default(HeadIndex))))
            .Where(weight => weights.Has(weight.kind)).ToArray();
        var tokens = s_ofTokens.Where(weights.Has).ToArray();
        foreach (var (kind, head) in read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            weights.Read(kind, head);
            done(0.5 / read.Length);
        }
        int block = Math.Max(1, BlockValues / config.DModel);
        foreach (var kind in tokens)
        {
            int size = kind == WeightKind.W_E ? config.Vocabulary : config.OutputVocabulary;
            for (int first = 0; first < size; first += block)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = Math.Min(block, size - first);
                weights.ReadTokens(kind, first, count);
                done(0.5 * count / size / tokens.Length);
            }
        }
        return read.Length + tokens.Length;
    }
}
