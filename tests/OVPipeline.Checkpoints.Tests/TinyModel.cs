namespace OVPipeline.Checkpoints.Tests;

/// <summary>A model of 2 layers, 2 heads, d_model 4, d_head 3, n_ctx 5 and 7 tokens, in TransformerLens names, with its buffers.</summary>
internal static class TinyModel
{
    public static List<SafetensorsTensor> Tensors()
    {
        List<SafetensorsTensor> tensors = [Tensor("embed.W_E", 7, 4), Tensor("pos_embed.W_pos", 5, 4), Tensor("unembed.W_U", 4, 7)];
        for (int layer = 0; layer < 2; layer++)
        {
            foreach (string name in new[] { "W_Q", "W_K", "W_V" })
                tensors.Add(Tensor($"blocks.{layer}.attn.{name}", 2, 4, 3));
            tensors.Add(Tensor($"blocks.{layer}.attn.W_O", 2, 3, 4));
            tensors.Add(Tensor($"blocks.{layer}.attn.mask", 5, 5));
            tensors.Add(new($"blocks.{layer}.attn.IGNORE", [], new[] { float.NegativeInfinity }));
        }
        return tensors;
    }

    private static SafetensorsTensor Tensor(string name, params long[] shape) =>
        new(name, shape, Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(i => MathF.Sin(i + name.Length)).ToArray());
}
