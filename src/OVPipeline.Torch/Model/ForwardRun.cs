using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// A forward pass that keeps what it is asked for and changes what heads do. Layers of which nothing is kept or changed take the fast way.
/// Its tensors belong to the caller's dispose scope.
/// </summary>
internal sealed class ForwardRun(
    Transformer model,
    HeadInterventions interventions,
    ForwardParts parts,
    Func<HeadIndex, bool> keepsOutput)
{
    // By layer, [B, H, T, d_head] each: a head may attend with the pattern of an earlier layer's.
    private readonly Dictionary<int, (Tensor Queries, Tensor Keys)> _attention = [];

    // Layers whose patterns others use.
    private readonly HashSet<int> _attenders = [.. interventions.Heads.Select(head => interventions[head]!.PatternOf?.Layer ?? -1)];

    // What heads write in the unchanged model on other sequences, [B, T, d_model].
    private Dictionary<HeadIndex, Tensor> _resampled = [];

    /// <summary>By layer, [B, H, T, T], where they are kept.</summary>
    public List<Tensor> Patterns { get; } = [];

    /// <summary>Before each layer and after the last, [B, T, d_model], where they are kept.</summary>
    public List<Tensor> Streams { get; } = [];

    /// <summary>By layer what its MLP adds, [B, T, d_model], where it is kept.</summary>
    public List<Tensor> MlpOutputs { get; } = [];

    /// <summary>What heads write, [B, T, d_model], where it is kept.</summary>
    public Dictionary<HeadIndex, Tensor> Outputs { get; } = [];

    /// <summary>The residual stream before the first layer, [B, T, d_model].</summary>
    public Tensor Embedded { get; private set; } = null!;

    /// <summary>What chosen heads write in the unchanged model.</summary>
    public static Dictionary<HeadIndex, Tensor> Writes(Transformer model, Tensor tokens, IReadOnlyCollection<HeadIndex> heads)
    {
        var run = new ForwardRun(model, HeadInterventions.None, ForwardParts.Residual, heads.Contains);
        run.Layers(model.Embed(tokens), heads.Max(head => head.Layer) + 1);
        return run.Outputs;
    }

    /// <summary>The final residual stream, [B, T, d_model].</summary>
    public Tensor Run(Tensor tokens)
    {
        interventions.RequireFor(model.Config);
        var embedded = model.Embed(tokens);
        _resampled = Resample(tokens);
        var last = Layers(embedded, model.Config.Layers);
        var residual = model.Finish(last);
        if (!IsFinite(residual))
            throw new NotFiniteNumberException($"{model.Config.Name}: the residual stream holds numbers that are not finite (NaN) "
                + $"{WhereNotFinite(embedded, last)}.");
        return residual;
    }

    // The residual stream after a number of layers, [B, T, d_model].
    private Tensor Layers(Tensor embedded, int count)
    {
        var (residual, positions) = model.Start(embedded);
        Embedded = residual;
        for (int index = 0; index < count; index++)
        {
            KeepStream(residual);
            residual = Layer(index, residual, positions);
        }
        KeepStream(residual);
        return residual;
    }

    private void KeepStream(Tensor residual)
    {
        if (parts.HasFlag(ForwardParts.Streams))
            Streams.Add(residual.alias()); // a tensor of its own: the first is Embedded
    }

    // What a layer makes of the stream. What is kept of it outlives its scope.
    private Tensor Layer(int index, Tensor residual, Tensor? positions)
    {
        using var scope = NewDisposeScope();
        var block = model.Blocks[index];
        var attention = block.Attention;
        var heads = model.Config.HeadsOf(index).ToArray();
        var input = attention.Input(residual);
        var (queries, shared, values) = attention.Project(input, positions);
        var keys = attention.Expand(shared);
        if (_attenders.Contains(index))
            _attention[index] = (queries.MoveToOuterDisposeScope(), keys.MoveToOuterDisposeScope());
        else
            _attention[index] = (queries, keys);
        if (parts.HasFlag(ForwardParts.Patterns))
            Patterns.Add(PatternsInUse(heads, attention, queries, keys).MoveToOuterDisposeScope());
        var written = Written(attention, heads, input, queries, keys, attention.Expand(values));
        Action<Tensor>? keep = parts.HasFlag(ForwardParts.MlpOutputs) ? mlp => MlpOutputs.Add(mlp.alias().MoveToOuterDisposeScope()) : null;
        var next = block.Next(residual, input, written, keep);
        foreach (var head in heads.Where(Outputs.ContainsKey))
            Outputs[head] = Outputs[head].MoveToOuterDisposeScope();
        return next.MoveToOuterDisposeScope();
    }

    // One that is not finite leaves no sum finite.
    public static bool IsFinite(Tensor values) => double.IsFinite(values.detach().sum(ScalarType.Float64).item<double>());

    // Goes through the layers again: this is not asked for twice.
    private string WhereNotFinite(Tensor embedded, Tensor last)
    {
        if (IsFinite(last))
            return "after the norm before the unembedding";
        var (residual, positions) = model.Start(embedded);
        if (!IsFinite(residual))
            return "at the embedding";
        for (int index = 0; index < model.Config.Layers; index++)
        {
            Outputs.Clear();
            residual = Layer(index, residual, positions);
            if (!IsFinite(residual))
                return $"after layer {index}";
        }
        return "after the last layer";
    }

    // What a layer's heads write, [B, T, d_model], of queries, keys and values [B, H, T, d]. Heads that are changed or kept are computed
    // apart; the others together, in one product over values of which those of the heads apart are zero.
    private Tensor Written(AttentionLayer layer, HeadIndex[] heads, Tensor input, Tensor queries, Tensor keys, Tensor values)
    {
        var apart = heads.Where(head => interventions[head] is not null || keepsOutput(head)).ToArray();
        var weighted = layer.Attend(queries, keys, values); // [B, H, T, d_value]
        if (apart.Length == 0)
            return layer.Output(weighted);
        var together = ones([1, heads.Length, 1, 1], weighted.dtype, weighted.device);
        foreach (var head in apart)
            together.select(1, head.Head).zero_();
        var sum = layer.Output(weighted * together);
        foreach (var head in apart)
        {
            var written = interventions[head] is { } change
                ? Changed(layer, head, change, input, values)
                : layer.OutputOf(head.Head, weighted.select(1, head.Head));
            if (keepsOutput(head))
                Outputs[head] = written;
            sum = sum.Plus(written);
        }
        return sum;
    }

    // What a changed head writes, [B, T, d_model].
    private Tensor Changed(AttentionLayer layer, HeadIndex head, HeadChange change, Tensor input, Tensor values)
    {
        var written = change.Source switch
        {
            null => layer.OutputOf(head.Head, Attend(head, change, values.select(1, head.Head))),
            HeadSource.Nothing => zeros_like(input),
            HeadSource.Circuit circuit => Through(circuit),
            HeadSource.Mean mean => MeanOf(mean),
            _ => _resampled[head],
        };
        if (change.Scale is { } scale)
            return written * scale;
        return change.Factor is { } factor ? written.Times(factor) : written;

        Tensor Through(HeadSource.Circuit circuit)
        {
            // What each position holds through the circuit, [B, T, r], is weighted by the pattern and goes on to [B, T, d_model].
            var (a, b) = circuit.Factors(input);
            var output = Attend(head, change, input.matmul(a)).matmul(b);
            return layer.ValueConstant(head.Head) is { } constant ? output.Plus(constant) : output;
        }

        Tensor MeanOf(HeadSource.Mean mean)
        {
            if (mean.PerPosition && mean.Rows.Rows < input.shape[1])
                throw new ArgumentException(
                    $"The means of head {head} are of {mean.Rows.Rows} positions, the sequences have {input.shape[1]}.");
            var rows = HeadSource.ToTensor(mean.Rows, input);
            return (mean.PerPosition ? rows.narrow(0, 0, input.shape[1]) : rows).unsqueeze(0).expand(input.shape);
        }
    }

    // What a head attends to of [B, T, n], by its pattern in use.
    private Tensor Attend(HeadIndex head, HeadChange change, Tensor values)
    {
        var attender = change.PatternOf ?? head;
        var (queries, keys) = _attention[attender.Layer];
        return model.Blocks[attender.Layer].Attention
            .Attend(queries.narrow(1, attender.Head, 1), keys.narrow(1, attender.Head, 1), values.unsqueeze(1), attender.Head)
            .squeeze(1);
    }

    // [B, H, T, T]
    private Tensor PatternsInUse(HeadIndex[] heads, AttentionLayer layer, Tensor queries, Tensor keys)
    {
        if (heads.All(head => interventions[head]?.PatternOf is null))
            return layer.Patterns(queries, keys);
        return cat([.. heads.Select(head => PatternOf(interventions[head]?.PatternOf ?? head))], 1);

        // [B, 1, T, T]: its own queries and keys, with the slopes, window and cap of its layer.
        Tensor PatternOf(HeadIndex attender)
        {
            var (its, theirs) = _attention[attender.Layer];
            return model.Blocks[attender.Layer].Attention
                .Patterns(its.narrow(1, attender.Head, 1), theirs.narrow(1, attender.Head, 1), attender.Head);
        }
    }

    private Dictionary<HeadIndex, Tensor> Resample(Tensor tokens)
    {
        Dictionary<HeadIndex, Tensor> written = [];
        var groups = interventions.Heads
            .Select(head => (head, source: interventions[head]!.Source as HeadSource.Other))
            .Where(pair => pair.source is not null)
            .GroupBy(pair => pair.source!, pair => pair.head);
        foreach (var group in groups)
            foreach (var (head, output) in Writes(model, Others(group.Key, tokens), [.. group]))
                written[head] = output;
        return written;
    }

    private static Tensor Others(HeadSource.Other source, Tensor tokens)
    {
        long sequences = tokens.shape[0];
        long length = tokens.shape[1];
        if (source.Tokens is null)
            return sequences > 1
                ? tokens.index_select(0, tensor(Cycle((int)sequences, source.Seed), device: tokens.device))
                : throw new ArgumentException("Resampling within a batch needs at least 2 sequences, was given 1.", nameof(tokens));
        if (source.Sequences != sequences || source.Length != length)
            throw new ArgumentException(
                $"Resampling from tokens of [{source.Sequences}, {source.Length}] needs tokens of the same shape, " +
                $"was given [{sequences}, {length}].",
                nameof(tokens));
        return tensor(source.Tokens, [sequences, length], device: tokens.device);
    }

    // Sattolo's algorithm: a permutation that is one cycle, so that no sequence stands in for itself.
    private static long[] Cycle(int count, int seed)
    {
        var random = new Random(seed);
        long[] cycle = [.. Enumerable.Range(0, count).Select(i => (long)i)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = random.Next(i);
            (cycle[i], cycle[j]) = (cycle[j], cycle[i]);
        }
        return cycle;
    }
}
