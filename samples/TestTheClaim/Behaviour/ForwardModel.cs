using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>A model's forward pass and the text it is run on; or why there is none. Everything is made on first use.</summary>
internal sealed class ForwardModel
{
    private readonly TransformerCheckpoint _model;
    private readonly RunOptions _options;
    private readonly CancellationToken _cancellationToken;
    private readonly Lazy<string?> _unavailable;
    private readonly Lazy<AttentionOnlyTransformer> _module;
    private readonly Lazy<ModelText> _text;
    private readonly Dictionary<(HeadIndex, HeadIndex), PairOnText> _pairs = [];

    /// <param name="model">The model.</param>
    /// <param name="options">Where the text is, and how much of it to take.</param>
    /// <param name="text">The text, where it does not come from the options' folder.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    public ForwardModel(TransformerCheckpoint model, RunOptions options, ModelText? text, CancellationToken cancellationToken)
    {
        (_model, _options, _cancellationToken) = (model, options, cancellationToken);
        _text = new(() => text ?? ModelText.Read(model, options.Text!, cancellationToken));
        _unavailable = new(() => WhyNoModule(model) ?? (text is null ? ModelText.Missing(model, options.Text) : null));
        _module = new(() => Kept(AttentionOnlyTransformer.FromWeights(model.Weights)));
    }

    /// <summary>Why the model cannot be run on text, or null where it can.</summary>
    public string? Unavailable => _unavailable.Value;

    /// <summary>Why experiments on two heads that add linearly to the logits cannot be run, or null where they can.</summary>
    public string? NoLinearPair => Unavailable ?? (Config.Heads < 2 ? "its last layer has one head, so there is no pair"
        : Config.Normalization is not null ? "it has layer norms: what its heads write does not add linearly to the logits" : null);

    /// <summary>Why there are no effective embeddings, or null where there are.</summary>
    public string? NoEffectiveEmbedding => Unavailable ?? (Config.Normalization is null ? null : "it has layer norms: what its last layer reads is no mean of residual streams");

    public TransformerConfig Config => _model.Weights.Config;

    public TransformerWeights Weights => _model.Weights;

    public AttentionOnlyTransformer Module => _module.Value;

    public ModelText Text => _text.Value;

    public CancellationToken CancellationToken => _cancellationToken;

    /// <summary>The last layer, the only one whose heads write to the logits alone.</summary>
    public int LastLayer => Config.Layers - 1;

    /// <summary>Blocks of training text.</summary>
    public TextBlocks Training(int most) => new(Text.Training, Config.Context, Text.Separator, most);

    /// <summary>Blocks of validation text.</summary>
    public TextBlocks Validation(int most) => new(Text.Validation, Config.Context, Text.Separator, most);

    /// <summary>Two heads of the last layer on text, made once.</summary>
    public PairOnText Pair(HeadIndex a, HeadIndex b)
    {
        if (!_pairs.TryGetValue((a, b), out var pair))
            _pairs[(a, b)] = pair = new(this, _options, a, b);
        return pair;
    }

    /// <summary>Induction scores of the last layer's heads on repeated random tokens.</summary>
    public IReadOnlyList<(HeadIndex Head, double Score)> Induction()
    {
        int[] tokens = [.. Text.Validation.Distinct().Order()];
        var probe = new BehaviourProbe(_model, new() { RandomTokens = tokens, Seed = _options.Seed, NameSentences = 1 }, _cancellationToken);
        return [.. probe.Measure(Module, cancellationToken: _cancellationToken).Heads.Where(head => head.Head.Layer == LastLayer).Select(head => (head.Head, head.InductionScore))];
    }

    /// <summary>The residual stream before the last layer, [B, T, d_model]: the embeddings and what earlier layers wrote.</summary>
    public Tensor LastInput(ForwardPass pass)
    {
        var input = pass.Embedded;
        for (int layer = 0; layer < LastLayer; layer++)
        {
            input = input.Plus(pass.HeadOutputs[layer].sum(2));
            if (Weights.Has(WeightKind.b_O))
                input = input.Plus(Weights.Read(WeightKind.b_O, new(layer, 0)).ToTensor());
        }
        return input;
    }

    /// <summary>What the last layer reads where a token stands, on average over text: what takes the place of its embedding.</summary>
    public EffectiveEmbedding EffectiveEmbedding()
    {
        using var gradients = no_grad();
        var blocks = Training(_options.EmbeddingBlocks());
        using var scope = NewDisposeScope();
        var sums = zeros(Config.Vocabulary, Config.DModel, ScalarType.Float64);
        var counts = zeros(Config.Vocabulary, ScalarType.Float64);
        for (int block = 0; block < blocks.Count; block++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            using var part = NewDisposeScope();
            var inputs = blocks[block].Inputs;
            using var pass = Module.Run(inputs, ForwardParts.HeadOutputs);
            var rows = inputs.flatten();
            sums.AddRows(rows, LastInput(pass).reshape(-1, Config.DModel).to(ScalarType.Float64));
            counts.AddRows(rows, ones(rows.shape[0], ScalarType.Float64));
        }
        var means = (sums / counts.maximum(ones_like(counts)).unsqueeze(1)).to(ScalarType.Float32);
        return new(means.ToMatrix(), [.. counts.data<double>().ToArray().Select(count => (long)count)], LastLayer, $"{(long)blocks.Count * blocks.Tokens:N0} tokens of {Text.TrainingSource}");
    }

    // Made on first use, it must outlive the scope that it is made in.
    private static AttentionOnlyTransformer Kept(AttentionOnlyTransformer module)
    {
        foreach (var parameter in module.parameters())
            parameter.DetachFromDisposeScope();
        return module;
    }

    private static string? WhyNoModule(TransformerCheckpoint model)
    {
        try
        {
            AttentionOnlyConfig.Of(model.Weights);
            if (model.Weights.Config.Bidirectional)
                return "it attends in both directions (attention_dir): it sees the tokens that it would be asked to predict";
            return TorchLibrary.WhyUnavailable()?.TrimEnd('.');
        }
        catch (CheckpointException e)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
