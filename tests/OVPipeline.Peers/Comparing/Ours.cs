using OVPipeline.Torch;
using TorchSharp;

namespace OVPipeline.Peers;

/// <summary>What <see cref="Transformer"/> computes, as arrays.</summary>
internal static class Ours
{
    /// <summary>Logits at every position of one sequence or, of an encoder, its final residual stream.</summary>
    public static double[] Outputs(Transformer model, ReadOnlySpan<int> tokens, bool encoder = false)
    {
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.no_grad();
        var batch = Batch(tokens);
        return [.. (encoder ? model.Residual(batch) : model.forward(batch)).data<float>().Select(value => (double)value)];
    }

    /// <summary>The token of the highest logit after each prefix, begun with a prompt.</summary>
    public static int[] Greedy(Transformer model, ReadOnlySpan<int> prompt, int count) =>
        [.. model.Generate(prompt.ToArray(), new() { MaxTokens = count, Temperature = 0 })];

    /// <summary>One sequence as a batch.</summary>
    public static torch.Tensor Batch(ReadOnlySpan<int> tokens)
    {
        long[] ids = [.. tokens.ToArray().Select(token => (long)token)];
        return torch.tensor(ids, [1, ids.Length]);
    }
}
