using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using OVPipeline.Checkpoints;
using OVPipeline.Samples;
using OVPipeline.Torch;
using TorchSharp;

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

    /// <summary>The same of the sentences in one batch, filled up on the right; of their own tokens alone.</summary>
    /// <param name="folder">Where the model's files are put.</param>
    public static PeerResult OfPaddedMiniLM(string folder)
    {
        MiniLMPackage.Unpack(folder);
        var checkpoint = TransformerCheckpoint.Load(folder);
        using var model = Transformer.FromWeights(checkpoint.Weights);
        using var session = new InferenceSession(Path.Combine(folder, "model.onnx"));
        int[][] sentences = [.. s_sentences.Select(sentence => checkpoint.Tokenizer!.EncodeToIds(sentence).ToArray())];
        int length = sentences.Max(sentence => sentence.Length);
        long[] ids = [.. sentences.SelectMany(sentence => Filled(sentence.Select(token => (long)token), length))];
        long[] mask = [.. sentences.SelectMany(sentence => Filled(sentence.Select(_ => 1L), length))];
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.no_grad();
        long[] shape = [sentences.Length, length];
        var ours = model.Residual(torch.tensor(ids, shape), torch.tensor(mask, shape)).data<float>().ToArray();
        float[] theirs = Run(session, ids, mask, sentences.Length);
        int width = checkpoint.Weights.Config.DModel;
        int[] own = [.. Enumerable.Range(0, ours.Length).Where(i => mask[i / width] == 1)];
        return new(MiniLMPackage.Name + ", sentences of three lengths in a batch", "ONNX Runtime", own.Max(i => Math.Abs(theirs[i])),
            PeerResult.Of([.. own.Select(i => (double)ours[i])], [.. own.Select(i => (double)theirs[i])]), PeerResult.SingleTolerance);
    }

    private static IEnumerable<long> Filled(IEnumerable<long> values, int length) =>
        values.Concat(Enumerable.Repeat(0L, length)).Take(length);

    private static float[] Run(InferenceSession session, int[] tokens) =>
        Run(session, [.. tokens.Select(token => (long)token)], [.. tokens.Select(_ => 1L)], 1);

    private static float[] Run(InferenceSession session, long[] ids, long[] ones, int sequences)
    {
        int[] shape = [sequences, ids.Length / sequences];
        long[] zeros = new long[ids.Length];
        using var results = session.Run(
        [
            NamedOnnxValue.CreateFromTensor("input_ids", new DenseTensor<long>(ids, shape)),
            NamedOnnxValue.CreateFromTensor("attention_mask", new DenseTensor<long>(ones, shape)),
            NamedOnnxValue.CreateFromTensor("token_type_ids", new DenseTensor<long>(zeros, shape)),
        ]);
        return [.. results[0].AsTensor<float>()];
    }
}
