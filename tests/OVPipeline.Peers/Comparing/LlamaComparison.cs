using OVPipeline.Checkpoints;
using OVPipeline.Checkpoints.Tests;
using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using OVPipeline.Torch;

namespace OVPipeline.Peers;

/// <summary>Runs models here and by llama.cpp.</summary>
internal static class LlamaComparison
{
    /// <summary>What the comparison calls it.</summary>
    public const string Peer = "llama.cpp";

    private const int StoryBegin = 1, StoryLength = 200; // <s>, and what of 512 positions is compared

    /// <summary>A family's model of random weights.</summary>
    /// <param name="family">The family.</param>
    /// <param name="folder">Where its file is written.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="half">Whether matrices are stored in half precision, at which llama.cpp rounds what it multiplies them by, too.</param>
    public static PeerResult Of(PeerFamily family, string folder, int seed = 1, bool half = false)
    {
        string path = PeerGguf.Save(family, Path.Combine(folder, "model.gguf"), seed, half);
        int[] tokens = PeerGguf.Tokens(family);
        double[] theirs = Theirs(path, tokens, family.Context, family.Encoder);
        using var model = Transformer.Load(path);
        double[] ours = Ours.Outputs(model, tokens, family.Encoder);
        var weights = TransformerCheckpoint.Load(path).Weights;
        double[] plain = Plain(false);
        double tolerance = half ? PeerResult.HalfTolerance : Tolerance(family.HalfGelu);
        return new(family.Name, Peer, theirs.Max(Math.Abs), PeerResult.Of(ours, theirs), tolerance)
        {
            ToDouble = PeerResult.Of(ours, plain),
            PeerToDouble = PeerResult.Of(family.HalfGelu ? Plain(true) : plain, theirs),
        };

        double[] Plain(bool halfGelu)
        {
            var plain = new PlainForward(weights.Config, weights) { Activation = halfGelu ? HalfGelu : null }.Run(tokens);
            return [.. (family.Encoder ? plain.Residual : plain.Logits).SelectMany(row => row)];
        }
    }

    // GELU as ggml looks it up: by tanh, at x rounded to half precision, and rounded so.
    private static double HalfGelu(double x) => Math.Abs(x) >= 10
        ? Math.Max(x, 0)
        : (double)(Half)(float)PlainMlp.Activate(ActivationKind.GeluTanh, [(double)(Half)(float)x])[0];

    /// <summary>A Llama as Hugging Face stores it: logits along the greedy text, which must be the same.</summary>
    /// <param name="source">The folder that holds it.</param>
    /// <param name="folder">Where its GGUF file is written.</param>
    /// <exception cref="InvalidOperationException">The texts differ.</exception>
    public static PeerResult OfStories(string source, string folder)
    {
        var checkpoint = TransformerCheckpoint.Load(source);
        string path = LlamaGguf.Of(CheckpointTensors.Open(Path.Combine(source, "model.safetensors")), checkpoint.Weights.Config)
            .Save(Path.Combine(folder, "stories.gguf"));
        using var model = Transformer.FromWeights(checkpoint.Weights);
        using var llama = new LlamaModel(path, checkpoint.Weights.Config.Context);
        int[] theirText = llama.Greedy([StoryBegin], StoryLength), text = Ours.Greedy(model, [StoryBegin], StoryLength);
        if (!text.SequenceEqual(theirText))
        {
            int at = Enumerable.Range(0, StoryLength).First(i => text[i] != theirText[i]);
            throw new InvalidOperationException($"The greedy texts part at token {at}: {text[at]} here, {theirText[at]} by {Peer}.");
        }
        int[] tokens = [StoryBegin, .. text];
        double[] theirs = [.. llama.Logits(tokens).Select(value => (double)value)];
        return new("stories260K, published", Peer, theirs.Max(Math.Abs), PeerResult.Of(Ours.Outputs(model, tokens), theirs),
            PeerResult.SingleTolerance);
    }

    /// <summary>llama.cpp's logits at every position or, of an encoder, its final residual stream.</summary>
    public static double[] Theirs(string path, int[] tokens, int context, bool encoder = false)
    {
        using var model = new LlamaModel(path, context, embeddings: encoder);
        return [.. (encoder ? model.Embeddings(tokens) : model.Logits(tokens)).Select(value => (double)value)];
    }

    private static double Tolerance(bool halfGelu) => halfGelu ? PeerResult.HalfGeluTolerance : PeerResult.SingleTolerance;
}
