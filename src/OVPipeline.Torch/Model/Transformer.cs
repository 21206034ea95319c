using OVPipeline.Checkpoints;
using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace OVPipeline.Torch;

/// <summary>
/// A transformer as a TorchSharp module. Parameters have TransformerLens' names and shapes (<c>embed.W_E</c>,
/// <c>blocks.1.attn.W_V</c> ...), so that what is trained here is what every other tool reads. Elhage et al. 2021.
/// </summary>
public sealed class Transformer : nn.Module<Tensor, Tensor>
{
    private readonly Dictionary<string, WeightGroup> _groups = [];
    private readonly TransformerBlock[] _blocks;
    private readonly ModelEnds _ends;
    private readonly LayerReader? _reader;
    private readonly InputChecks _checks;

    /// <summary>A model with random weights, before training.</summary>
    /// <param name="config">Sizes and kind.</param>
    /// <param name="scales">Sizes of the first weights; null for the defaults.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or too large.</exception>
    /// <exception cref="TorchUnavailableException">libtorch cannot be loaded.</exception>
    public Transformer(AttentionOnlyConfig config, InitialScales? scales = null, long seed = 0) : this(Valid(config)) =>
        Initialization.Fill(this, scales ?? new(), seed);

    internal Transformer(ModelShape shape) : this(shape, ScalarType.Float32, null)
    {
    }

    private Transformer(ModelShape shape, ScalarType type, LayerReader? reader) : base(Loaded(shape))
    {
        Shape = shape;
        _reader = reader;
        _checks = new(shape.Config);
        using var scope = NewDisposeScope();
        foreach (var (name, kind, _) in WeightNames.All(shape).Where(weight => reader is null || !reader.Reads(weight.Name)))
        {
            string[] path = name.Split('.');
            var room = new Parameter(ModuleWeights.Room(shape, kind, type));
            WeightGroup.Group(path[0], _groups, register_module).Add(path.AsSpan(1), scope.MoveToOuter(room));
        }
        _blocks = [.. Enumerable.Range(0, Config.Layers).Select(layer => new TransformerBlock(shape, layer, Weight))];
        _ends = new(shape, Weight);
    }

    /// <summary>Sizes and kind.</summary>
    public TransformerConfig Config => Shape.Config;

    /// <summary>
    /// The weights as Core reads them, for every circuit pipeline: a new view at each call. It reads the module's parameters when it is
    /// asked; W_E and W_U are read on first use and kept, so take a new view after a step of training.
    /// </summary>
    public TransformerWeights Weights => _reader?.Source ?? new(Config, new ModuleWeights(this));

    /// <summary>Why weights have no forward pass here, a sentence; null where they have one.</summary>
    /// <param name="weights">The weights.</param>
    public static string? WhyNoForwardPass(TransformerWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return ForwardObstacles.Of(weights) is { Length: > 0 } reasons
            ? $"{weights.Config.Name} has no forward pass here: {string.Join("; ", reasons)}."
            : null;
    }

    internal ModelShape Shape { get; }

    internal IReadOnlyList<TransformerBlock> Blocks => _blocks;

    /// <summary>The norm before the unembedding, or null.</summary>
    internal Norm? FinalNorm => _ends.Norm;

    /// <summary>Why weights have no forward pass here, a clause; null where they have one.</summary>
    public static string? WhyUnavailable(TransformerWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return ForwardObstacles.Of(weights) is { Length: > 0 } reasons ? string.Join("; ", reasons) : null;
    }

    /// <summary>Loads a model that has a forward pass here.</summary>
    /// <param name="path">
    /// What <see cref="TransformerCheckpoint.Load(string)"/> takes: a folder with config.json and weights, or a file of weights.
    /// </param>
    /// <param name="options">How weights are held; null for the defaults.</param>
    /// <exception cref="CheckpointException">It cannot be read, or its model is of another kind.</exception>
    /// <exception cref="InsufficientMemoryException">There is too little memory; says how much is needed.</exception>
    /// <exception cref="TorchUnavailableException">libtorch cannot be loaded.</exception>
    public static Transformer Load(string path, TransformerLoadOptions? options = null) =>
        FromWeights(TransformerCheckpoint.LoadWeights(path), options);

    /// <summary>The module of weights that were loaded or made, copied. Biases that only some weights have are zero elsewhere.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="options">How they are held; null for the defaults.</param>
    /// <exception cref="CheckpointException">Their model is of another kind: the message says which.</exception>
    /// <exception cref="InsufficientMemoryException">There is too little memory; says how much is needed.</exception>
    /// <exception cref="TorchUnavailableException">libtorch cannot be loaded.</exception>
    public static Transformer FromWeights(TransformerWeights weights, TransformerLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ForwardObstacles.RequireNone(weights);
        var shape = ModelShape.Of(weights);
        options ??= new();
        var plan = WeightPlan.Of(shape, options);
        var type = WeightPlan.TypeOf(options);
        var reader = plan.HeldLayers < shape.Config.Layers ? new LayerReader(weights, shape, plan.HeldLayers, type) : null;
        var model = new Transformer(shape, type, reader);
        try
        {
            ModuleWeights.Copy(weights, model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes <c>model.safetensors</c> (F32) and <c>config.json</c> to a folder in TransformerLens' names, each to a temporary file that
    /// then takes its name. What is loaded from there gives the same logits, bit for bit. It takes the memory of the weights once more.
    /// </summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="metadata">Text fields for the header of model.safetensors.</param>
    /// <exception cref="InvalidOperationException">
    /// TransformerLens' names and fields cannot say all that the model computes; the message says what.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">There is too little memory; says how much is needed.</exception>
    /// <exception cref="IOException">A file cannot be written; one that was there before is whole.</exception>
    public void Save(string folder, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var scope = CallScope.Holding(this);
        ModelFiles.Save(Shape, Stored, folder, metadata);
    }

    /// <summary>Rows of W_E, [B, T, d_model]. Its gradient is a dense [V, d_model]; a trainer may gather rows itself.</summary>
    /// <param name="tokens">Token ids, [B, T], Int64.</param>
    /// <exception cref="ArgumentException">
    /// The tensor has another shape or type, is empty or too long, or an id is beyond the vocabulary.
    /// </exception>
    public Tensor Embed(Tensor tokens)
    {
        using var scope = CallScope.Holding(this, tokens);
        _checks.RequireTokens(tokens);
        var rows = Widened(Stored("embed.W_E").index_select(0, tokens.flatten()));
        return rows.view(tokens.shape[0], tokens.shape[1], Config.DModel).MoveToOuterDisposeScope();
    }

    /// <summary>The final residual stream before the unembedding, [B, T, d_model], after the final layer norm where there is one.</summary>
    /// <param name="tokens">Token ids, [B, T], Int64; T is at most n_ctx.</param>
    /// <exception cref="ArgumentException">As in <see cref="Embed"/>.</exception>
    public Tensor Residual(Tensor tokens)
    {
        using var scope = CallScope.Holding(this, tokens);
        return ResidualOf(Embed(tokens)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same of sequences of several lengths in one batch, filled up on the right: no position attends to what they are filled up with.
    /// What stands there itself means nothing. Encoders need it; in a causal model nothing attends to what comes later anyway.
    /// </summary>
    /// <param name="tokens">Token ids, [B, T], Int64.</param>
    /// <param name="mask">Which are tokens, [B, T], Int64: ones, then zeros, as tokenizers give it (attention_mask).</param>
    /// <exception cref="ArgumentException">
    /// As in <see cref="Embed"/>; or the mask is of another shape, or is not ones and then zeros.
    /// </exception>
    public Tensor Residual(Tensor tokens, Tensor mask)
    {
        using var scope = CallScope.Holding(this, tokens, mask);
        var embedded = Embed(tokens);
        var hidden = InputChecks.HiddenKeys(tokens, mask);
        // In a causal model no token sees them; what stands there may see nothing else, within a window.
        return ResidualOf(embedded, Config.Bidirectional ? hidden : null).MoveToOuterDisposeScope();
    }

    /// <summary>The same of token embeddings, for those who gather them otherwise.</summary>
    /// <param name="embedded">Rows of W_E, [B, T, d_model]; positions are added here.</param>
    /// <exception cref="ArgumentException">The tensor has another shape, or is too long.</exception>
    public Tensor ResidualOf(Tensor embedded)
    {
        using var scope = CallScope.Holding(this, embedded);
        _checks.RequireEmbedded(embedded);
        return ResidualOf(embedded, null).MoveToOuterDisposeScope();
    }

    private Tensor ResidualOf(Tensor embedded, Tensor? hidden)
    {
        var (residual, positions) = Start(embedded);
        foreach (var block in _blocks)
            residual = block.Run(residual, positions, hidden);
        return Finish(residual);
    }

    /// <summary>The residual stream after the first layers, of token embeddings to which no position is added.</summary>
    /// <param name="layers">How many layers.</param>
    /// <param name="embedded">Rows of W_E, [B, 1, d_model]: a token each, which attends to itself alone.</param>
    internal Tensor After(int layers, Tensor embedded)
    {
        using var scope = CallScope.Holding(this, embedded);
        _checks.RequireEmbedded(embedded);
        var (residual, positions) = _ends.Start(embedded, placed: false);
        foreach (var block in _blocks.Take(layers))
        {
            var attention = block.Attention;
            var input = attention.Input(residual);
            var (queries, keys, values) = attention.Project(input, positions);
            var weighted = attention.Attend(queries, attention.Expand(keys), attention.Expand(values));
            residual = block.Next(residual, input, attention.Output(weighted));
        }
        return residual.MoveToOuterDisposeScope();
    }

    /// <summary>Logits [B, T, V_out] of a final residual stream [B, T, d_model], as <see cref="Residual(Tensor)"/> gives it.</summary>
    public Tensor Unembed(Tensor residual)
    {
        ArgumentNullException.ThrowIfNull(residual);
        using var scope = CallScope.Holding(this, residual);
        return _ends.Unembed(residual).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// 1 / sigma of a residual stream [..., d_model] as the norm before the unembedding has it, [..., 1]: what it multiplies the stream by,
    /// which a layer norm centres, before gain and bias. Ones where there is no such norm.
    /// </summary>
    public Tensor InverseSigma(Tensor residual)
    {
        ArgumentNullException.ThrowIfNull(residual);
        using var scope = CallScope.Holding(this, residual);
        var sigma = _ends.Norm?.InverseSigma(residual) ?? ones_like(residual.narrow(-1, 0, 1));
        return sigma.MoveToOuterDisposeScope();
    }

    /// <summary>Logits [B, T, V_out] of token ids [B, T].</summary>
    /// <exception cref="ArgumentException">As in <see cref="Embed"/>.</exception>
    /// <exception cref="NotFiniteNumberException">The residual stream is not finite; the message names the layer.</exception>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = CallScope.Holding(this, tokens);
        var residual = Residual(tokens);
        if (!ForwardRun.IsFinite(residual))
            Run(tokens, ForwardParts.Residual); // says where
        return Unembed(residual).MoveToOuterDisposeScope();
    }

    /// <summary>A forward pass that gives what is asked for, with what heads do changed as is asked for.</summary>
    /// <param name="tokens">Token ids, [B, T], Int64; T is at most n_ctx.</param>
    /// <param name="parts">What to give beside the final residual stream. Losses alone never hold all logits.</param>
    /// <param name="interventions">What to change; null for the model as it is.</param>
    /// <param name="targets">
    /// The outputs to predict, [B, T]; null for the next of <paramref name="tokens"/>, of which the last has none. A model whose outputs
    /// are not its tokens needs them for losses.
    /// </param>
    /// <returns>Tensors that the caller disposes of. They carry gradients unless <c>torch.no_grad</c> is in force.</returns>
    /// <exception cref="ArgumentException">
    /// Tokens or targets do not fit, a change does not fit the model, or its outputs are no next tokens.
    /// </exception>
    /// <exception cref="NotFiniteNumberException">The residual stream is not finite; the message names the layer.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// Logits are asked for and there is too little memory for them; says how much.
    /// </exception>
    public ForwardPass Run(
        Tensor tokens,
        ForwardParts parts = ForwardParts.Logits,
        HeadInterventions? interventions = null,
        Tensor? targets = null)
    {
        using var scope = CallScope.Holding(this, tokens, interventions, targets);
        InputChecks.RequireTargets(tokens, targets);
        bool patterns = parts.HasFlag(ForwardParts.Patterns);
        bool outputs = parts.HasFlag(ForwardParts.HeadOutputs);
        bool streams = parts.HasFlag(ForwardParts.Streams);
        bool mlps = parts.HasFlag(ForwardParts.MlpOutputs);
        var run = new ForwardRun(this, interventions ?? HeadInterventions.None, parts, _ => outputs);
        if (parts.HasFlag(ForwardParts.Logits))
            _checks.RequireMemory(tokens.numel(), get_parameter("embed.W_E")!.device_type);
        var residual = run.Run(tokens);
        var logits = parts.HasFlag(ForwardParts.Logits) ? Unembed(residual) : null;
        var losses = parts.HasFlag(ForwardParts.Losses) ? TokenLosses.Of(this, residual, logits, tokens, targets) : null;
        return new(Keep(run.Embedded), Keep(residual))
        {
            StreamsIfAsked = streams ? [.. run.Streams.Select(Keep)] : null,
            MlpOutputsIfAsked = mlps ? [.. run.MlpOutputs.Select(Keep)] : null,
            LogitsIfAsked = KeepAny(logits),
            LossesIfAsked = KeepAny(losses),
            PatternsIfAsked = patterns ? [.. run.Patterns.Select(Keep)] : null,
            HeadOutputsIfAsked = outputs ? [.. Enumerable.Range(0, Config.Layers).Select(layer => Keep(WrittenBy(layer)))] : null,
        };

        // [B, T, H, d_model]
        Tensor WrittenBy(int layer) => stack(Enumerable.Range(0, Config.Heads).Select(head => run.Outputs[new(layer, head)]), 2);

        static Tensor Keep(Tensor tensor) => tensor.MoveToOuterDisposeScope();

        static Tensor? KeepAny(Tensor? tensor) => tensor is null ? null : Keep(tensor);
    }

    /// <summary>A weight by its name, in the precision of computing.</summary>
    internal Tensor Weight(string name) => Widened(Stored(name));

    /// <summary>A weight as it is held.</summary>
    internal Tensor Stored(string name) => get_parameter(name) ?? _reader?.Find(name, get_parameter("embed.W_E")!.device)
        ?? throw new InvalidOperationException($"{Config.Name} has no {name}.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _reader?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The residual stream at the first layer, and what Q and K read beside it (null but for shortformer).</summary>
    internal (Tensor Residual, Tensor? Positions) Start(Tensor embedded, long first = 0) => _ends.Start(embedded, first);

    /// <summary>The residual stream as the unembedding reads it.</summary>
    internal Tensor Finish(Tensor residual) => _ends.Finish(residual);

    private static Tensor Widened(Tensor weight) => weight.dtype == ScalarType.BFloat16 ? weight.to(ScalarType.Float32) : weight;

    private static ModelShape Valid(AttentionOnlyConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Validated().ToShape();
    }

    // libtorch is loaded before the base class touches it.
    private static string Loaded(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        TorchLibrary.EnsureLoaded();
        return nameof(Transformer);
    }
}
