using System.Collections.Immutable;
using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// What to change of what heads do in a forward pass. Immutable: each method gives a new set with one change more. A head's pattern, what
/// it writes, and the factor of what it writes are changed independently, and the last word on each counts.
/// </summary>
public sealed class HeadInterventions
{
    private readonly ImmutableDictionary<HeadIndex, HeadChange> _changes;

    private HeadInterventions(ImmutableDictionary<HeadIndex, HeadChange> changes) => _changes = changes;

    /// <summary>No change: the model as it is.</summary>
    public static HeadInterventions None { get; } = new(ImmutableDictionary<HeadIndex, HeadChange>.Empty);

    /// <summary>The heads of which something is changed.</summary>
    public IEnumerable<HeadIndex> Heads => _changes.Keys.OrderBy(head => head.Layer).ThenBy(head => head.Head);

    internal HeadChange? this[HeadIndex head] => _changes.GetValueOrDefault(head);

    /// <summary>The heads write nothing.</summary>
    public HeadInterventions ZeroAblate(params IReadOnlyList<HeadIndex> heads) => Write(new HeadSource.Nothing(), heads);

    /// <summary>The heads write their mean over a reference text, at every position or by position.</summary>
    /// <exception cref="ArgumentException">The means do not hold such a head.</exception>
    public HeadInterventions MeanAblate(HeadMeans means, params IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(means);
        Require(heads);
        return heads.Aggregate(this, (set, head) => set.Write(new HeadSource.Mean(means[head], means.PerPosition), [head]));
    }

    /// <summary>
    /// The heads write what they write, in the unchanged model, on another sequence of the same batch. Who stands in for whom is a random
    /// cycle by the seed and the size of the batch: nobody stands in for itself.
    /// </summary>
    /// <param name="seed">Seed of the cycle.</param>
    /// <param name="heads">The heads.</param>
    public HeadInterventions ResampleAblate(int seed, params IReadOnlyList<HeadIndex> heads) =>
        Write(new HeadSource.Other(null, 0, 0, seed), heads);

    /// <summary>The heads write what they write, in the unchanged model, on other tokens of the same shape as those it is run on.</summary>
    /// <param name="tokens">Token ids, [B, T], Int64; copied.</param>
    /// <param name="heads">The heads.</param>
    /// <exception cref="ArgumentException">The tensor is no [B, T] of Int64.</exception>
    public HeadInterventions ResampleAblate(Tensor tokens, params IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.dtype != ScalarType.Int64 || tokens.ndim != 2)
            throw new ArgumentException(
                $"tokens must be Int64 of [sequences, positions], were {tokens.dtype} of [{string.Join(", ", tokens.shape)}].",
                nameof(tokens));
        using var scope = CallScope.Holding(tokens);
        var flat = tokens.cpu().contiguous();
        return Write(new HeadSource.Other(flat.data<long>().ToArray(), tokens.shape[0], tokens.shape[1], 0), heads);
    }

    /// <summary>
    /// The heads write through another OV circuit than W_V W_O, each under its own pattern. The circuit reads what the head's values read
    /// (the layer norm's output where there is one); the constant that a value bias writes, <c>b_V W_O</c>, stays.
    /// </summary>
    /// <param name="circuit">In the residual space, [d_model, r][r, d_model].</param>
    /// <param name="scale">A factor of all that the heads write; 0 is the same as zero ablation.</param>
    /// <param name="heads">The heads.</param>
    public HeadInterventions ReplaceOV(FactoredMatrix circuit, double scale, params IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        return Write(HeadSource.Circuit.Of(circuit), heads).Scale(scale, heads);
    }

    /// <summary>The heads write through another OV circuit than W_V W_O, times a factor that can be trained.</summary>
    /// <param name="circuit">In the residual space, [d_model, r][r, d_model].</param>
    /// <param name="scale">A factor of all that the heads write, a tensor of one value: losses are differentiable by it.</param>
    /// <param name="heads">The heads.</param>
    /// <exception cref="ArgumentException">The factor is not one value.</exception>
    public HeadInterventions ReplaceOV(FactoredMatrix circuit, Tensor scale, params IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        return Write(HeadSource.Circuit.Of(circuit), heads).Scale(scale, heads);
    }

    /// <summary>The heads write through factors that a caller trains: losses are differentiable by them.</summary>
    /// <param name="a">Left factor, [d_model, r], of the model's type and on its device.</param>
    /// <param name="b">Right factor, [r, d_model].</param>
    /// <param name="heads">The heads.</param>
    public HeadInterventions ReplaceOV(Tensor a, Tensor b, params IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return Write(HeadSource.Circuit.Of(a, b), heads);
    }

    /// <summary>All that the heads write is multiplied by a factor.</summary>
    public HeadInterventions Scale(double factor, params IReadOnlyList<HeadIndex> heads) =>
        Change(heads, change => change with { Scale = null, Factor = factor });

    /// <summary>All that the heads write is multiplied by a tensor of one value, by which losses are then differentiable.</summary>
    /// <exception cref="ArgumentException">The factor is not one value.</exception>
    public HeadInterventions Scale(Tensor factor, params IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(factor);
        if (factor.numel() != 1)
            throw new ArgumentException($"A factor is one value, was [{string.Join(", ", factor.shape)}].", nameof(factor));
        return Change(heads, change => change with { Scale = factor, Factor = null });
    }

    /// <summary>A head writes with its own OV circuit (or what replaces it) under another head's pattern.</summary>
    /// <param name="writer">The head that writes.</param>
    /// <param name="attender">The head that attends, of the same layer or an earlier one.</param>
    /// <exception cref="ArgumentException">The attender is of a later layer.</exception>
    public HeadInterventions UsePattern(HeadIndex writer, HeadIndex attender)
    {
        if (attender.Layer > writer.Layer)
            throw new ArgumentException($"Head {writer} cannot use the pattern of {attender}: it is of a later layer.", nameof(attender));
        return Change([writer], change => change with { PatternOf = attender });
    }

    /// <inheritdoc/>
    public override string ToString() => _changes.Count == 0 ? "unchanged" : $"changed: {string.Join(", ", Heads)}";

    /// <exception cref="ArgumentException">A change does not fit the model.</exception>
    internal void RequireFor(TransformerConfig config)
    {
        foreach (var (head, change) in _changes)
        {
            config.RequireHead(head);
            if (change.PatternOf is { } attender)
                config.RequireHead(attender);
            if (change.Source is HeadSource.Circuit { Outer: var outer } circuit && outer != (config.DModel, config.DModel))
                throw new ArgumentException(
                    $"The circuit for head {head} must be [{config.DModel}, r][r, {config.DModel}], was {circuit.Shape}.");
            if (change.Source is HeadSource.Mean mean && mean.Rows.Columns != config.DModel)
                throw new ArgumentException($"The mean for head {head} has width {mean.Rows.Columns}, d_model is {config.DModel}.");
        }
    }

    private HeadInterventions Write(HeadSource source, IReadOnlyList<HeadIndex> heads) =>
        Change(heads, change => change with { Source = source });

    private HeadInterventions Change(IReadOnlyList<HeadIndex> heads, Func<HeadChange, HeadChange> changed)
    {
        Require(heads);
        return new(_changes.SetItems(heads.Select(head => KeyValuePair.Create(head, changed(this[head] ?? HeadChange.None)))));
    }

    private static void Require(IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        if (heads.Count == 0)
            throw new ArgumentException("At least one head is needed.", nameof(heads));
    }
}
