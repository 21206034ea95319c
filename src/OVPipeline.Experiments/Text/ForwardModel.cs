using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// A model's forward pass and the text it is run on; or why there is none. Everything is made on first use, and lives as long as the
/// process. A laboratory has one.
/// </summary>
public sealed class ForwardModel
{
    private readonly TransformerCheckpoint _model;
    private readonly ForwardOptions _options;
    private readonly Lazy<string?> _unavailable;
    private readonly Lazy<Transformer> _module;
    private readonly Lazy<TransformerWeights> _weights;
    private readonly Lazy<(Tensor Weight, Tensor Bias)> _unembedding;
    private readonly Lazy<ModelText> _text;
    private readonly Dictionary<(HeadIndex A, HeadIndex B), PairOnText> _pairs = [];

    /// <summary>A model and its text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Where the text is, and how much of it to take.</param>
    /// <param name="text">The text, where it does not come from the options' folder.</param>
    internal ForwardModel(TransformerCheckpoint model, ForwardOptions options, ModelText? text)
    {
        _model = model;
        _options = options;
        _text = new(() => text ?? ModelText.Read(model, options.Text!, options.CancellationToken));
        _unavailable = new(() => WhyNoModule(model) ?? (text is null ? ModelText.Missing(model, options.Text) : null));
        _module = new(() => Kept(Transformer.FromWeights(model.Weights.Model)));
        _weights = new(() => model.Weights.Config.Normalization is null ? model.Weights : model.Weights.FoldNorms());
        _unembedding = new(() => Unembedding(Weights));
    }

    /// <summary>Why the model cannot be run on text, or null where it can.</summary>
    public string? Unavailable => _unavailable.Value;

    /// <summary>Why there are no two heads of the last layer, or null where there are.</summary>
    public string? NoPair => Config.Heads < 2 ? "its last layer has one head, so there is no pair" : null;

    /// <summary>Why experiments on two heads that add linearly to the logits cannot be run, or null where they can.</summary>
    public string? NoLinearPair =>
        Unavailable ?? NoPair;

    /// <summary>Why circuits are not at the model's scale, where experiments fit others to them; null where they are.</summary>
    public string? NoScales => Config.Normalization is null || _model.Weights.NormScales is not null
        ? null
        : "its norms' gains and scales are not in its weights: --norm-scales lone-embedding or measured holds them";

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
    public Transformer Module => _module.Value;

    /// <summary>The text, as the model's tokens.</summary>
    public ModelText Text => _text.Value;

    /// <summary>Stops between blocks.</summary>
    internal CancellationToken CancellationToken => _options.CancellationToken;

    /// <summary>The last layer, the only one whose heads write to the logits alone.</summary>
    public int LastLayer => Config.Layers - 1;

    /// <summary>Blocks of training text, at even distances.</summary>
    /// <param name="most">Blocks, at most.</param>
    /// <exception cref="ArgumentException">There is too little text.</exception>
    public TextBlocks Training(int most) => Text.TrainingSequences is { } sequences
        ? new(sequences, most)
        : new(Text.Training, Config.Context, Text.Separator, most);

    /// <summary>Blocks of validation text, at even distances.</summary>
    /// <inheritdoc cref="Training" path="/param|/exception"/>
    public TextBlocks Validation(int most) => Text.ValidationSequences is { } sequences
        ? new(sequences, most)
        : new(Text.Validation, Config.Context, Text.Separator, most);

    /// <summary>Two heads of the last layer on text, made once.</summary>
    /// <param name="a">The one head.</param>
    /// <param name="b">The other.</param>
    public PairOnText Pair(HeadIndex a, HeadIndex b)
    {
        if (!_pairs.TryGetValue((a, b), out var pair))
            _pairs[(a, b)] = pair = new(this, _options, a, b);
        return pair;
    }

    /// <summary>Induction scores of the last layer's heads on repeated random tokens, of those that occur in the validation text.</summary>
    public IReadOnlyList<HeadInduction> Induction() => Induction(Module);

    /// <summary>The same of a checkpoint of the model's training, on the same tokens.</summary>
    /// <param name="checkpoint">Its weights.</param>
    public IReadOnlyList<HeadInduction> Induction(TransformerWeights checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        using var module = Transformer.FromWeights(checkpoint.Model);
        return Induction(module);
    }

    private List<HeadInduction> Induction(Transformer module)
    {
        int[] tokens = [.. Text.Validation.Distinct().Order()];
        var options = new BehaviourOptions
        {
            RandomTokens = tokens,
            Seed = _options.Seed,
            NameSentences = 1,
            Start = Text.TrainingSequences is not null && Text.Separator >= 0 ? Text.Separator : null,
        };
        var probe = new BehaviourProbe(_model, options, CancellationToken);
        var heads = probe.Measure(module, cancellationToken: CancellationToken).Heads;
        return [.. heads.Where(head => head.Head.Layer == LastLayer).Select(head => new HeadInduction(head.Head, head.InductionScore))];
    }

    /// <summary>The scales of the model's norms on training text.</summary>
    public NormScales MeasureScales()
    {
        var blocks = Training(_options.EmbeddingBlocks);
        using var scope = NewDisposeScope();
        var inputs = Enumerable.Range(0, blocks.Count).Select(block => blocks[block].Inputs);
        return NormScaleMeasure.Over(Module, inputs, Text.TrainingSource, cancellationToken: CancellationToken);
    }

    /// <summary>The residual stream before the last layer, [B, T, d_model]: the embeddings and what earlier layers wrote.</summary>
    /// <param name="pass">A pass that kept <see cref="ForwardParts.HeadOutputs"/>.</param>
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

    /// <summary>The final residual stream before any norm, [B, T, d_model].</summary>
    /// <param name="pass">A pass that kept <see cref="ForwardParts.HeadOutputs"/>.</param>
    /// <param name="input">Its stream before the last layer, as <see cref="LastInput"/> gives it.</param>
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

    /// <summary>Logits, [N, V], of a final residual stream as <see cref="Read"/> gives it.</summary>
    /// <param name="residual">[N, d_model].</param>
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
        long[] positions = [.. counts.data<double>().ToArray().Select(count => (long)count)];
        string source = $"{(long)blocks.Count * blocks.Tokens:N0} tokens of {Text.TrainingSource}";
        return new(means.ToMatrix(), positions, LastLayer, source);
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
    private static Transformer Kept(Transformer module)
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

/// <summary>A head's induction score.</summary>
/// <param name="Head">The head.</param>
/// <param name="Score">
/// On a random sequence that is repeated: the mean attention from a token of the repetition to the token after its first occurrence.
/// </param>
public sealed record HeadInduction(HeadIndex Head, double Score);
