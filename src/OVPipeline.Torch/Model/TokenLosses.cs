using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Next-token losses, a block of rows at a time, so that logits of all positions are never held unasked.</summary>
internal static class TokenLosses
{
    // Logits of a block: 16 MiB of floats, whatever the number of positions.
    private const int BlockValues = 1 << 22;

    /// <summary>Losses in nats: [B, T - 1] of the next tokens, or [B, T] of targets.</summary>
    public static Tensor Of(Transformer model, Tensor residual, Tensor? logits, Tensor tokens, Tensor? targets)
    {
        if (targets is null)
            ModelShape.RequireNextTokens(model.Config);
        if (targets is null && tokens.shape[1] < 2)
            throw new ArgumentException("The losses of next tokens need sequences of at least 2 tokens, was given 1.", nameof(tokens));
        long batch = tokens.shape[0];
        long length = targets is null ? tokens.shape[1] - 1 : tokens.shape[1];
        var wanted = (targets ?? tokens.narrow(1, 1, length)).reshape(-1, 1); // [B length, 1]
        var rows = (logits ?? residual).narrow(1, 0, length).reshape(batch * length, -1); // of V_out logits, or of d_model values
        long block = Math.Max(1, BlockValues / model.Config.OutputVocabulary);
        List<Tensor> losses = [];
        for (long first = 0; first < rows.shape[0]; first += block)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(block, rows.shape[0] - first);
            var part = rows.narrow(0, first, count);
            if (logits is null)
                part = model.Unembed(part);
            var own = part.gather(1, wanted.narrow(0, first, count)).squeeze(1);
            losses.Add((part.logsumexp(1) - own).MoveToOuterDisposeScope());
        }
        return cat(losses).view(batch, length);
    }
}
