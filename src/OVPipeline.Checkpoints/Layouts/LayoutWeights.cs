using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Reads a checkpoint's weights through its layout.</summary>
internal sealed class LayoutWeights : IWeightSource
{
    private static readonly WeightKind[] s_kinds = Enum.GetValues<WeightKind>();
    private readonly WeightLayout _layout;
    private readonly CheckpointParts _parts;
    private readonly TransformerConfig _config;

    /// <summary>Finds every weight of every layer and checks its shape; reads none.</summary>
    /// <exception cref="CheckpointException">A tensor is missing, or shapes and configuration contradict each other.</exception>
    public LayoutWeights(WeightLayout layout, CheckpointParts parts, TransformerConfig config)
    {
        _layout = layout;
        _parts = parts;
        _config = config;
        if (parts.Tensors.Contains(layout.LayerMark(parts, config.Layers)))
            throw new CheckpointException(parts.Tensors.File, layout.LayerMark(parts, config.Layers),
                $"is of a layer beyond the {config.Layers} that {parts.Config?.Path ?? "the other tensors"} tell of.");
        List<WeightKind> uneven = [];
        foreach (var kind in s_kinds)
        {
            int there = 0, layers = IsOfLayer(kind) ? config.Layers : 1;
            for (int layer = 0; layer < layers; layer++)
                there += Check(kind, Find(kind, new HeadIndex(layer, config.Heads - 1))) ? 1 : 0;
            if (there > 0 && there < layers)
                uneven.Add(kind);
        }
        Uneven = uneven.Count == 0 ? null : $"{string.Join(", ", uneven)}, which some layers have and others have not";
    }

    /// <inheritdoc/>
    public string File => _parts.Tensors.File;

    /// <summary>The kinds of weights that some layers have and others have not, a clause; null where there are none.</summary>
    public string? Uneven { get; }

    /// <inheritdoc/>
    public bool Has(WeightKind kind) => Find(kind, default) is not null;

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">The model has no such weight, or a value is not finite.</exception>
    public Matrix Read(WeightKind kind, HeadIndex head = default) => Projected(kind, Require(kind, head).ToMatrix());

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">The model has no such weight, or a value is not finite.</exception>
    public Matrix ReadTokens(WeightKind kind, int first, int count, float[]? buffer = null) =>
        Projected(kind, Require(kind, default).Slice(kind == WeightKind.W_E ? 0 : 1, first, count).ToMatrix(buffer));

    // Embeddings of another width than the residual stream's, as the model reads and writes it.
    private Matrix Projected(WeightKind kind, Matrix stored)
    {
        if (_layout.Projection(_parts, _config, kind) is not { } projection)
            return stored;
        return kind == WeightKind.W_E
            ? MatrixProduct.Multiply(stored, projection.ToMatrix())
            : MatrixProduct.Multiply(projection.ToMatrix(), stored);
    }

    private TensorView Require(WeightKind kind, HeadIndex head) =>
        Find(kind, head) ?? throw new CheckpointException(_parts.Tensors.File, null, $"the model has no {kind}.");

    private TensorView? Find(WeightKind kind, HeadIndex head) => _layout.Map(_parts, _config, kind, head)?.AsMatrix();

    private bool Check(WeightKind kind, TensorView? view)
    {
        if (view is null)
            return false;
        var (rows, columns) = _config.ShapeOf(kind);
        if (_layout.Projection(_parts, _config, kind) is { } projection)
            (rows, columns) = kind == WeightKind.W_E ? (rows, (int)projection.Shape[0]) : ((int)projection.Shape[1], columns);
        if (view.Shape[0] != rows || view.Shape[1] != columns)
            throw new InvalidOperationException(
                $"{_layout.Name} maps {kind} to [{string.Join(", ", view.Shape)}], not [{rows}, {columns}].");
        return true;
    }

    private static bool IsOfLayer(WeightKind kind) => kind is not
        (WeightKind.W_E or WeightKind.W_pos or WeightKind.W_U or WeightKind.b_U or WeightKind.ln_final_w or WeightKind.ln_final_b
        or WeightKind.ln_embed_w or WeightKind.ln_embed_b or WeightKind.b_E or WeightKind.W_head or WeightKind.b_head);
}
