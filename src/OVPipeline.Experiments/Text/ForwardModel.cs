using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>A model's forward pass and the text it is run on; or why there is none. Everything is made on first use.</summary>
public sealed class ForwardModel
{
    private static readonly ReportNote s_held = new("The norm's scale",
        "The norm before the unembedding is held at the scale it has at each position of the text, so that what heads write adds linearly "
        + "to the logits. The model's own norm would answer to a change in what they write: losses under a change leave that out.");

    private readonly TransformerCheckpoint _model;
    private readonly LaboratoryOptions _options;
    private readonly Lazy<string?> _unavailable;
    private readonly Lazy<AttentionOnlyTransformer> _module;
    private readonly Lazy<TransformerWeights> _weights;
    private readonly Lazy<(Tensor Weight, Tensor Bias)> _unembedding;
    private readonly Lazy<ModelText> _text;
    private readonly Dictionary<(HeadIndex, HeadIndex), PairOnText> _pairs = [];

    /// <param name="model">The model.</param>
    /// <param name="options">Where the text is, and how much of it to take.</param>
    /// <param name="text">The text, where it does not come from the options' folder.</param>
    internal ForwardModel(TransformerCheckpoint model, LaboratoryOptions options, ModelText? text)
    {
        _model = model;
        _options = options;
        _text = new(() => text ?? ModelText.Read(model, options.Text!, options.CancellationToken));
        _unavailable = new(() => WhyNoModule(model) ?? (text is null ? ModelText.Missing(model, options.Text) : null));
        _module = new(() => Kept(AttentionOnlyTransformer.FromWeights(model.Weights.Model)));
        _weights = new(() => model.Weights.Config.Normalization is null ? model.Weights : model.Weights.FoldNorms());
        _unembedding = new(() => Unembedding(Weights));
    }

    /// <summary>Why the model cannot be run on text, or null where it can.</summary>
    public string? Unavailable => _unavailable.Value;

    /// <summary>Why experiments on two heads that add linearly to the logits cannot be run, or null where they can.</summary>
    public string? NoLinearPair => Unavailable ?? (Config.Heads < 2 ? "its last layer has one head, so there is no pair" : null);

    /// <summary>Why circuits are not at the model's scale, where experiments fit others to them; null where they are.</summary>
    public string? NoScales => Config.Normalization is null || _model.Weights.NormScales is not null ? null
        : "its norms' gains and scales are not in its weights: --norm-scales lone-embedding or measured holds them";

    /// <summary>What is held fixed so that heads add linearly to the logits, where something is.</summary>
    public IReadOnlyList<ReportNote> Held => Config.Normalization is null ? [] : [s_held];

    /// <summary>Why there are no effective embeddings, or null where there are.</summary>
    public string? NoEffectiveEmbedding => Unavailable ?? NoScales;

    /// <summary>Sizes of the model.</summary>
    public TransformerConfig Config => _model.Weights.Config;

    /// <summary>
    /// The weights as heads and the unembedding read what <see cref="Read"/> gives: with the gains of norms in W_V and W_U, at no scale.
    /// </summary>
    public TransformerWeights Weights => _weights.Value;

    /// <summary>The same at the scales of norms where these are held.</summary>
    public TransformerWeights Circuits => NoScales is null ? _model.Weights : Weights;

    /// <summary>The model in TorchSharp.</summary>
    public AttentionOnlyTransformer Module => _module.Value;

    /// <summary>The text, as the model's tokens.</summary>
    public ModelText Text => _text.Value;

    /// <summary>Stops between blocks.</summary>
    internal CancellationToken CancellationToken => _options.CancellationToken;

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
        var probe = new BehaviourProbe(_model, new() { RandomTokens = tokens, Seed = _options.Seed, NameSentences = 1 }, CancellationToken);
        return [.. probe.Measure(Module, cancellationToken: CancellationToken).Heads.Where(head => head.Head.Layer == LastLayer).Select(head => (head.Head, head.InductionScore))];
    }

    /// <summary>The scales of the model's norms on training text.</summary>
    public NormScales MeasureScales()
    {
        var blocks = Training(_options.EmbeddingBlocks);
        using var scope = NewDisposeScope();
        return NormScaleMeasure.Over(Module, Enumerable.Range(0, blocks.Count).Select(block => blocks[block].Inputs), Text.TrainingSource,
            cancellationToken: CancellationToken);
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

    /// <summary>The final residual stream before any norm, [B, T, d_model], of the stream before the last layer.</summary>
    public Tensor FinalStream(ForwardPass pass, Tensor input)
    {
        if (Config.Normalization is null)
            return pass.Residual;
        var stream = input.Plus(pass.HeadOutputs[LastLayer].sum(2));
        return Weights.Has(WeightKind.b_O) ? stream.Plus(Weights.Read(WeightKind.b_O, new(LastLayer, 0)).ToTensor()) : stream;
    }

    /// <summary>
    /// A residual stream as circuits read it: itself, or where there are norms centred and times 1 / sigma; gains are in the weights.
    /// </summary>
    /// <param name="residual">[..., d_model].</param>
    /// <param name="scale">1 / sigma, [..., 1]; that of another stream holds its norm fixed.</param>
    public Tensor Read(Tensor residual, Tensor scale) =>
        Config.Normalization is null ? residual : (residual - residual.mean([-1L], keepdim: true)) * scale;

    /// <summary>Logits of a final residual stream as <see cref="Read"/> gives it, [N, d_model].</summary>
    public Tensor Unembed(Tensor residual)
    {
        if (Config.Normalization is null)
            return Module.Unembed(residual);
        var (weight, bias) = _unembedding.Value;
        return residual.matmul(weight).Plus(bias);
    }

    /// <summary>
    /// What the last layer reads where a token stands, on average over text: what takes the place of its embedding. Where norms are held at
    /// fixed scales it is read through the layer's norm, and a row is times the scale of the unembedding's.
    /// </summary>
    public EffectiveEmbedding EffectiveEmbedding()
    {
        using var gradients = no_grad();
        var blocks = Training(_options.EmbeddingBlocks);
        using var scope = NewDisposeScope();
        var sums = zeros(Config.Vocabulary, Config.DModel, ScalarType.Float64);
        var counts = zeros(Config.Vocabulary, ScalarType.Float64);
        for (int block = 0; block < blocks.Count; block++)
        {
            CancellationToken.ThrowIfCancellationRequested();
            using var part = NewDisposeScope();
            var inputs = blocks[block].Inputs;
            using var pass = Module.Run(inputs, ForwardParts.HeadOutputs);
            var rows = inputs.flatten();
            sums.AddRows(rows, EffectiveInput(pass).reshape(-1, Config.DModel).to(ScalarType.Float64));
            counts.AddRows(rows, ones(rows.shape[0], ScalarType.Float64));
        }
        var means = (sums / counts.maximum(ones_like(counts)).unsqueeze(1)).to(ScalarType.Float32);
        if (_model.Weights.NormScales is { } scales)
            means = means * tensor(scales.Output.ToArray()).unsqueeze(1);
        return new(means.ToMatrix(), [.. counts.data<double>().ToArray().Select(count => (long)count)], LastLayer, $"{(long)blocks.Count * blocks.Tokens:N0} tokens of {Text.TrainingSource}");
    }

    // What the last layer's heads read, through its norm where there is one.
    private Tensor EffectiveInput(ForwardPass pass)
    {
        var input = LastInput(pass);
        return Read(input, Module.InverseSigma(input));
    }

    // W_U with the norm's gain and centring, and b_U with what the norm's bias adds.
    private static (Tensor Weight, Tensor Bias) Unembedding(TransformerWeights weights)
    {
        using var scope = NewDisposeScope();
        var raw = weights.Model;
        var bias = raw.Has(WeightKind.b_U) ? raw.Read(WeightKind.b_U).ToTensor() : zeros(1, weights.Config.Vocabulary);
        if (raw.Has(WeightKind.ln_final_b))
            bias = bias.Plus(raw.Read(WeightKind.ln_final_b).ToTensor().matmul(raw.W_U.ToTensor()));
        return (weights.W_U.ToTensor().DetachFromDisposeScope(), bias.DetachFromDisposeScope());
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
            AttentionOnlyConfig.Of(model.Weights.Model);
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
