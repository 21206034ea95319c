using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using OVPipeline.Checkpoints;
using OVPipeline.Samples;
using OVPipeline.Torch;

namespace OVPipeline.Peers;

/// <summary>all-MiniLM-L6-v2 out of its package, run here and by ONNX Runtime from the same file.</summary>
internal static class OnnxComparison
{
    private static readonly string[] s_sentences =
    [
        "The cat sat on the mat.",
        "Why does a model split copying over two attention heads?",
        "A head copies tokens through its OV circuit, a matrix of the vocabulary's size and of the head's rank, that nobody ever forms.",
    ];

    /// <summary>The final residual stream of a few sentences, the largest difference over all of them.</summary>
    /// <param name="folder">Where the model's files are put.</param>
    public static PeerResult OfMiniLM(string folder)
    {
        MiniLMPackage.Unpack(folder);
        var checkpoint = TransformerCheckpoint.Load(folder);
        using var model = Transformer.FromWeights(checkpoint.Weights);
        using var session = new InferenceSession(Path.Combine(folder, "model.onnx"));
        List<double> ours = [], theirs = [];
        foreach (string sentence in s_sentences)
        {
            int[] tokens = [.. checkpoint.Tokenizer!.EncodeToIds(sentence)];
            ours.AddRange(Ours.Outputs(model, tokens, encoder: true));
            theirs.AddRange(Run(session, tokens).Select(value => (double)value));
        }
        return new(MiniLMPackage.Name + ", published", "ONNX Runtime", theirs.Max(Math.Abs), PeerResult.Of(ours, theirs),
            PeerResult.SingleTolerance);
    }

    private static float[] Run(InferenceSession session, int[] tokens)
    {
        int[] shape = [1, tokens.Length];
        long[] ids = [.. tokens.Select(token => (long)token)], ones = [.. tokens.Select(_ => 1L)], zeros = new long[tokens.Length];
        using var results = session.Run(
        [
            NamedOnnxValue.CreateFromTensor("input_ids", new DenseTensor<long>(ids, shape)),
            NamedOnnxValue.CreateFromTensor("attention_mask", new DenseTensor<long>(ones, shape)),
            NamedOnnxValue.CreateFromTensor("token_type_ids", new DenseTensor<long>(zeros, shape)),
        ]);
        return [.. results[0].AsTensor<float>()];
    }
}
