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
    private readonly Lazy<Unembedding> _folded;
    private readonly Lazy<Unembedding> _own;
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
        _unavailable = new(() => WhyNoModule(model, text) ?? (text is null ? ModelText.Missing(model, options.Text) : null));
        _module = new(() => Kept(Transformer.FromWeights(model.Weights.Model)));
        _weights = new(() => model.Weights.Config.Normalization is null ? model.Weights : model.Weights.FoldNorms());
        _folded = new(() => new(Weights.W_U, FoldedBias(model.Weights.Model), null));
        _own = new(() => OwnUnembedding(model.Weights.Model));
    }

    /// <summary>Why the model cannot be run on text, or null where it can.</summary>
    public string? Unavailable => _unavailable.Value;

    /// <summary>Why experiments on two heads of one layer cannot be run on text, or null where they can.</summary>
    public string? NoPair => Unavailable ?? NoTwoHeads;

    /// <summary>Why there are no two heads of one layer, or null where there are.</summary>
    public string? NoTwoHeads => Config.Heads < 2 ? "its layers have one head each, so there is no pair" : null;

    /// <summary>Why copying is not defined in the model, or null where it is.</summary>
    public string? NoCopying => Config.NoCopying?.TrimEnd('.');

    /// <summary>Why circuits are not at the model's scale, where experiments fit others to them; null where they are.</summary>
    public string? NoScales
    {
        get
        {
            if (_model.Weights.NormScales is not null || Config is { Normalization: null, FinalNormalization: null })
                return null;
            return Config.Normalization is null
                ? "its norms stand after attention and before the unembedding, and circuits through such norms have no scale of their own"
                : "its norms' gains and scales are not in its weights: --norm-scales lone-embedding or measured holds them";
        }
    }

    /// <summary>Why there are no mean embeddings, or null where there are.</summary>
    public string? NoMeanEmbedding => Unavailable ?? NoScales;

    /// <summary>
    /// Why what heads add to the logits cannot be split into parts that sum to it, or null where it can. Norms are held at the scale of
    /// each position.
    /// </summary>
    public string? NoSplit
    {
        get
        {
            var raw = _model.Weights.Model;
            if (NoCopying is { } noCopying)
                return noCopying;
            if (Config.Forward?.LogitCap is not null)
                return "its logits pass a cap, after which parts do not add";
            if (raw.Has(WeightKind.ln_embed_w))
                return "its embeddings pass a norm before they enter the stream: what heads read of them is not W_E";
            if (raw.Has(WeightKind.ln1_post_w) || Config.PostNorm || Config.OtherNorm is not null)
                return "a norm stands after its attention: what a token's circuit adds to a logit is not W_E W_V W_O W_U at any one scale";
            return Config.Normalization != Config.FinalNormalization
                ? "its norms before attention and before the unembedding are of two kinds"
                : null;
        }
    }

    /// <summary>Sizes of the model.</summary>
    public TransformerConfig Config => _model.Weights.Config;

    /// <summary>
    /// The weights as heads and the unembedding read what <see cref="Read"/> gives: with the gains of norms in W_V and W_U, at no scale.
    /// </summary>
    public TransformerWeights Weights => _weights.Value;

    /// <summary>The same at the scales of norms where these are held.</summary>
    public TransformerWeights Circuits => _model.Weights.NormScales is not null ? _model.Weights : Weights;

    /// <summary>The model in TorchSharp.</summary>
    public Transformer Module => _module.Value;

    /// <summary>The text, as the model's tokens.</summary>
    public ModelText Text => _text.Value;

    /// <summary>
    /// W_U with the gain and the centring of the norm before it, and b_U with what that norm's bias adds: of what <see cref="Read"/> gives.
    /// </summary>
    internal Unembedding Folded => _folded.Value;

    /// <summary>W_U and b_U as the model has them, times its factor of logits, and its cap: of what <see cref="Module"/> gives.</summary>
    internal Unembedding Own => _own.Value;

    /// <summary>Stops between blocks.</summary>
    internal CancellationToken CancellationToken => _options.CancellationToken;

    /// <summary>The last layer.</summary>
    public int LastLayer => Config.Layers - 1;

    /// <summary>
    /// Whether what a layer's heads write reaches the logits and nothing else, but for the last norm: they then add to them linearly where
    /// that norm is held at its scale. Of other layers the model after them is run again.
    /// </summary>
    /// <param name="layer">The layer.</param>
    public bool IsLinear(int layer)
    {
        var forward = Config.Forward;
        bool plain = forward is null or { Mlp: null, ResidualFactor: 1, LogitFactor: 1, LogitCap: null, EmbeddingFactor: 1 };
        bool ends = Config is { AttentionOnly: true, PostNorm: false, Normalization: null or "LN" or "LNPre" }
            && Config.FinalNormalization == Config.Normalization;
        WeightKind[] more = [WeightKind.ln1_post_w, WeightKind.W_head, WeightKind.b_E, WeightKind.ln_embed_w];
        return layer == LastLayer && plain && ends && !more.Any(_model.Weights.Model.Has);
    }

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

    /// <summary>Two heads of one layer on text, made once.</summary>
    /// <param name="a">The one head.</param>
    /// <param name="b">The other.</param>
    /// <exception cref="ArgumentException">They are of two layers.</exception>
    /// <exception cref="TorchUnavailableException">libtorch cannot be loaded.</exception>
    public PairOnText Pair(HeadIndex a, HeadIndex b)
    {
        if (a.Layer != b.Layer)
            throw new ArgumentException($"Heads {a} and {b} are of two layers.", nameof(b));
        TorchLibrary.EnsureLoaded(); // its tensors may be the first of the process
        if (!_pairs.TryGetValue((a, b), out var pair))
            _pairs[(a, b)] = pair = new(this, _options, a, b);
        return pair;
    }

    /// <summary>Induction scores of all heads on repeated random tokens, of those that occur in the validation text.</summary>
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
        return [.. heads.Select(head => new HeadInduction(head.Head, head.InductionScore))];
    }

    /// <summary>By how much the loss on training sequences rises where a head writes its mean over them, in nats, of all heads.</summary>
    internal IReadOnlyList<(HeadIndex Head, double Rise)> LossRises()
    {
        const int Most = 512; // of so many sequences a mean is told well enough to choose two heads by
        var sequences = Text.TrainingSequences!.Part(0, Math.Min(Most, Text.TrainingSequences.Sequences.Count));
        using var scope = NewDisposeScope();
        long[] ids = [.. sequences.Sequences.SelectMany(one => one).Select(id => (long)id)];
        var inputs = tensor(ids).view(sequences.Sequences.Count, -1);
        var means = HeadMeansMeasure.Over(Module, inputs, perPosition: false);
        double Loss(HeadInterventions interventions) => TaskMetric.Over(Module, sequences, interventions, CancellationToken).Loss;
        double own = Loss(HeadInterventions.None);
        return [.. Config.AllHeads.Select(head => (head, Loss(HeadInterventions.None.MeanAblate(means, head)) - own))];
    }

    /// <summary>The scales of the model's norms on training text.</summary>
    public NormScales MeasureScales()
    {
        var blocks = Training(_options.EmbeddingBlocks);
        using var scope = NewDisposeScope();
        var inputs = Enumerable.Range(0, blocks.Count).Select(block => blocks[block].Inputs);
        return NormScaleMeasure.Over(Module, inputs, Text.TrainingSource, cancellationToken: CancellationToken);
    }

    /// <summary>
    /// A residual stream as circuits read it: itself, or where there are norms times 1 / sigma, and of layer norms centred; gains are in
    /// the weights.
    /// </summary>
    /// <param name="residual">[..., d_model].</param>
    /// <param name="scale">1 / sigma, [..., 1]; that of another stream holds its norm fixed.</param>
    public Tensor Read(Tensor residual, Tensor scale)
    {
        using var scope = CallScope.Holding(residual, scale);
        return scope.Out(Config.Normalization switch
        {
            null => residual,
            "LN" or "LNPre" => (residual - residual.mean([-1L], keepdim: true)) * scale,
            _ => residual * scale,
        });
    }

    /// <summary>Logits, [N, V], of a final residual stream as <see cref="Read"/> gives it.</summary>
    /// <param name="residual">[N, d_model].</param>
    public Tensor Unembed(Tensor residual) => Folded.Logits(residual);

    /// <summary>
    /// What the last layer reads where a token stands, on average over text: what takes the place of its embedding. Where norms are held at
    /// their scales, it is what the layer's norm gives, times the scale of the norm before the unembedding: circuits of heads read it in
    /// the place of W_E, the direct path does not.
    /// </summary>
    public MeanEmbedding MeanEmbedding()
    {
        var blocks = Training(_options.EmbeddingBlocks);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var sums = zeros(Config.Vocabulary, Config.DModel, ScalarType.Float64);
        var counts = zeros(Config.Vocabulary, ScalarType.Float64);
        for (int block = 0; block < blocks.Count; block++)
        {
            CancellationToken.ThrowIfCancellationRequested();
            using var part = NewDisposeScope();
            var inputs = blocks[block].Inputs;
            var rows = inputs.flatten();
            sums.AddRows(rows, MeanInput(inputs).reshape(-1, Config.DModel).to(ScalarType.Float64));
            counts.AddRows(rows, ones(rows.shape[0], ScalarType.Float64));
        }
        var means = (sums / counts.maximum(ones_like(counts)).unsqueeze(1)).to(ScalarType.Float32);
        if (_model.Weights.NormScales is { } scales)
            means = means * tensor(scales.Output.ToArray()).unsqueeze(1);
        long[] positions = [.. counts.data<double>().ToArray().Select(count => (long)count)];
        string source = $"{blocks.TotalTokens:N0} tokens of {Text.TrainingSource}";
        return new(means.ToMatrix(), positions, LastLayer, source);
    }

    // What the last layer's heads read, through its norm where there is one.
    private Tensor MeanInput(Tensor inputs)
    {
        if (IsLinear(LastLayer))
        {
            var input = LayerCut.StreamBefore(Module, inputs, LastLayer);
            return Read(input, Module.InverseSigma(input));
        }
        var cut = LayerCut.Of(Module, inputs, LastLayer);
        return cut.Read(cut.Stream);
    }

    private static Matrix? FoldedBias(TransformerWeights raw)
    {
        var bias = raw.Has(WeightKind.b_U) ? raw.Read(WeightKind.b_U) : null;
        if (!raw.Has(WeightKind.ln_final_b))
            return bias;
        var added = MatrixProduct.Multiply(raw.Read(WeightKind.ln_final_b), raw.W_U);
        return bias is null ? added : Matrix.Create(1, added.Columns, (_, token) => bias[0, token] + added[0, token]);
    }

    private static Unembedding OwnUnembedding(TransformerWeights raw)
    {
        float factor = (float)(raw.Config.Forward?.LogitFactor ?? 1);
        Matrix Times(Matrix matrix) => factor == 1 ? matrix : Matrix.Create(matrix.Rows, matrix.Columns, (i, j) => factor * matrix[i, j]);
        return new(Times(raw.W_U), raw.Has(WeightKind.b_U) ? Times(raw.Read(WeightKind.b_U)) : null, raw.Config.Forward?.LogitCap);
    }

    // Made on first use, it must outlive the scope that it is made in. Nothing is trained: gradients pass through it only.
    private static Transformer Kept(Transformer module)
    {
        foreach (var parameter in module.parameters())
        {
            parameter.DetachFromDisposeScope();
            parameter.requires_grad = false;
        }
        return module;
    }

    private static string? WhyNoModule(TransformerCheckpoint model, ModelText? text)
    {
        if (Transformer.WhyNoForwardPass(model.Weights.Model) is { } reason)
            return reason.TrimEnd('.');
        if (model.Weights.Config.Bidirectional && text is not { HasTargets: true })
            return "it attends in both directions (attention_dir): it sees the tokens that it would be asked to predict";
        return TorchLibrary.WhyUnavailable()?.TrimEnd('.');
    }
}

/// <summary>A head's induction score.</summary>
/// <param name="Head">The head.</param>
/// <param name="Score">
/// On a random sequence that is repeated: the mean attention from a token of the repetition to the token after its first occurrence.
/// </param>
public sealed record HeadInduction(HeadIndex Head, double Score);
