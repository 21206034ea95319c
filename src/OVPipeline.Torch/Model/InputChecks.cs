using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>What a model can be given: tokens of its vocabulary, no more than its positions, no more than there is memory for.</summary>
internal sealed class InputChecks(TransformerConfig config)
{
    /// <exception cref="ArgumentException">
    /// The tensor has another shape or type, is empty or too long, or an id is beyond the vocabulary.
    /// </exception>
    public void RequireTokens(Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.dtype != ScalarType.Int64 || tokens.ndim != 2 || tokens.numel() == 0)
            throw new ArgumentException(
                $"tokens must be Int64 of [sequences, positions], were {tokens.dtype} of [{string.Join(", ", tokens.shape)}].",
                nameof(tokens));
        RequireLength(tokens.shape[1], nameof(tokens));
        using var scope = NewDisposeScope();
        long least = tokens.min().item<long>();
        long most = tokens.max().item<long>();
        if (least < 0 || most >= config.Vocabulary)
            throw new ArgumentOutOfRangeException(
                nameof(tokens),
                $"token ids lie in [0, {config.Vocabulary}), one was {(least < 0 ? least : most)}.");
    }

    /// <exception cref="ArgumentException">The tensor is not [sequences, positions, d_model], or is too long.</exception>
    public void RequireEmbedded(Tensor embedded)
    {
        ArgumentNullException.ThrowIfNull(embedded);
        if (embedded.ndim != 3 || embedded.shape[2] != config.DModel || embedded.numel() == 0)
            throw new ArgumentException(
                $"embedded must be [sequences, positions, {config.DModel}], was [{string.Join(", ", embedded.shape)}].", nameof(embedded));
        RequireLength(embedded.shape[1], nameof(embedded));
    }

    /// <exception cref="ArgumentException">Targets are not of the tokens' shape.</exception>
    public static void RequireTargets(Tensor tokens, Tensor? targets)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (targets is not null && !targets.shape.SequenceEqual(tokens.shape))
            throw new ArgumentException(
                $"targets must be of tokens' shape [{string.Join(", ", tokens.shape)}], were [{string.Join(", ", targets.shape)}].",
                nameof(targets));
    }

    /// <summary>The keys that nothing attends to, [B, 1, 1, T] of Bool, of a mask that has ones for tokens.</summary>
    /// <exception cref="ArgumentException">The mask is of another shape than the tokens, or is not ones and then zeros.</exception>
    public static Tensor HiddenKeys(Tensor tokens, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.dtype != ScalarType.Int64 || !mask.shape.SequenceEqual(tokens.shape))
            throw new ArgumentException($"mask must be Int64 of tokens' shape [{string.Join(", ", tokens.shape)}], was {mask.dtype} of "
                + $"[{string.Join(", ", mask.shape)}].", nameof(mask));
        long length = mask.shape[1];
        using var scope = NewDisposeScope();
        using var cpu = mask.cpu().contiguous();
        long[] values = cpu.data<long>().ToArray();
        foreach (long[] row in values.Chunk((int)length))
        {
            int count = Array.FindLastIndex(row, value => value == 1) + 1;
            if (count == 0 || row.AsSpan(0, count).ContainsAnyExcept(1L) || row.AsSpan(count).ContainsAnyExcept(0L))
                throw new ArgumentException(
                    $"mask must be ones and then zeros in each sequence, was {string.Join(' ', row)}.", nameof(mask));
        }
        return mask.to(tokens.device).eq(Scalars.Zero).view(mask.shape[0], 1, 1, length).MoveToOuterDisposeScope();
    }

    /// <summary>Of logits on the processor: their number is that of tokens times that of outputs.</summary>
    /// <exception cref="InsufficientMemoryException">There is too little memory; says how much is needed.</exception>
    public void RequireMemory(long tokens, DeviceType device)
    {
        long needed = 4 * tokens * config.OutputVocabulary;
        long available = device == DeviceType.CPU ? AvailableMemory.Bytes : long.MaxValue;
        if (needed > available)
            throw new InsufficientMemoryException($"Logits of {tokens} positions need {WeightPlan.Text(needed)}, "
                + $"there are {WeightPlan.Text(available)}: ask for losses, or for fewer positions at a time.");
    }

    private void RequireLength(long length, string name)
    {
        if (config.Context > 0 && length > config.Context)
            throw new ArgumentException($"sequences have at most {config.Context} tokens (n_ctx), were given {length}.", name);
    }
}
