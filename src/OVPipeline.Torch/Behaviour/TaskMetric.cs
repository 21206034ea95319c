using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>The metric of models that are no language models: loss and accuracy at the positions of sequences that have a target.</summary>
public static class TaskMetric
{
    // Tokens of a forward pass, in sequences of one length.
    private const int TokensAtATime = 4096;

    // Logits of a block: 16 MiB of floats, whatever the number of positions.
    private const int BlockValues = 1 << 22;

    /// <summary>Runs a model on sequences and scores it where they have targets.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sequences">Sequences with targets.</param>
    /// <param name="interventions">What to change; null for nothing.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <exception cref="ArgumentException">There are no targets, or ids that the model does not have.</exception>
    public static TaskResult Over(
        Transformer model, TokenSequences sequences, HeadInterventions? interventions = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sequences);
        if (sequences.Targets is not { } targets)
            throw new ArgumentException("There are no targets to score.", nameof(sequences));
        var config = model.Config;
        if (sequences.Sequences.Any(sequence => sequence.Any(id => (uint)id >= (uint)config.Vocabulary)))
            throw new ArgumentException($"{config.Name} has the tokens 0 to {config.Vocabulary - 1}.", nameof(sequences));
        if (targets.Any(sequence => sequence.Any(id => id >= config.OutputVocabulary)))
            throw new ArgumentException($"{config.Name} has the outputs 0 to {config.OutputVocabulary - 1}.", nameof(sequences));
        using var gradients = no_grad();
        var losses = new double[targets.Count];
        var right = new double[targets.Count];
        int longest = sequences.Sequences.Max(sequence => sequence.Length);
        foreach (int[] places in sequences.Batches(Math.Max(1, TokensAtATime / longest)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var pass = model.Run(Batch(sequences, places), ForwardParts.Residual, interventions ?? HeadInterventions.None);
            Score(model, pass.Residual, targets, places, losses, right);
        }
        int[] counts = [.. targets.Select(sequence => sequence.Count(target => target >= 0))];
        int[] scored = [.. Enumerable.Range(0, counts.Length).Where(place => counts[place] > 0)];
        return new([.. scored.Select(place => losses[place] / counts[place])], [.. scored.Select(place => right[place] / counts[place])],
            [.. scored.Select(place => counts[place])]);
    }

    /// <summary>Sequences of one length, [B, T].</summary>
    internal static Tensor Batch(TokenSequences sequences, int[] places)
    {
        long[] ids = [.. places.SelectMany(place => sequences.Sequences[place]).Select(id => (long)id)];
        return tensor(ids, [places.Length, ids.Length / places.Length]);
    }

    // Sums of losses and of targets that come first, by sequence; residual [B, T, d_model].
    private static void Score(
        Transformer model, Tensor residual, IReadOnlyList<int[]> targets, int[] places, double[] losses, double[] right)
    {
        int length = (int)residual.shape[1];
        var scored = places.SelectMany((place, row) => targets[place].Select((target, position) => (place, row, position, target)))
            .Where(one => one.target >= 0).ToArray();
        var rows = residual.reshape(-1, residual.shape[2]);
        foreach (var block in scored.Chunk(Math.Max(1, BlockValues / model.Config.OutputVocabulary)))
        {
            using var scope = NewDisposeScope();
            var chosen = tensor(block.Select(one => ((long)one.row * length) + one.position).ToArray());
            var logits = model.Unembed(rows.index_select(0, chosen));
            var wanted = tensor(block.Select(one => (long)one.target).ToArray()).unsqueeze(1);
            float[] loss = ModuleWeights.Values(logits.logsumexp(1) - logits.gather(1, wanted).squeeze(1));
            long[] first = logits.argmax(1).data<long>().ToArray();
            for (int i = 0; i < block.Length; i++)
            {
                losses[block[i].place] += loss[i];
                right[block[i].place] += first[i] == block[i].target ? 1 : 0;
            }
        }
    }
}
