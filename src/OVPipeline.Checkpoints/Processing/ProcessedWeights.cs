using System.Numerics.Tensors;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Weights of another source with folding and centring applied as they are read (TransformerLens, <c>fold_layer_norm</c>,
/// <c>center_writing_weights</c>, <c>center_unembed</c>, <c>fold_value_biases</c>).
/// </summary>
internal sealed class ProcessedWeights : IWeightSource
{
    // Elements of W_U that are read at a time to find its means: 4 MiB of singles.
    private const int UnembeddingBlock = 1 << 20;
    private readonly IWeightSource _raw;
    private readonly TransformerConfig _config;
    private readonly ProcessingSteps _steps;
    private readonly Lazy<float[]> _unembeddingMeans;
    private readonly Lazy<float> _biasMean;

    /// <param name="raw">The stored weights.</param>
    /// <param name="config">Their sizes.</param>
    /// <param name="steps">What to do, which <see cref="ProcessingPlan"/> found to keep what the model computes.</param>
    public ProcessedWeights(IWeightSource raw, TransformerConfig config, ProcessingSteps steps)
    {
        _raw = raw;
        _config = config;
        _steps = steps;
        _unembeddingMeans = new(UnembeddingMeans);
        _biasMean = new(() => TensorPrimitives.Average<float>(UnembeddingBias(0, config.OutputVocabulary).Values));
    }

    /// <inheritdoc/>
    public string? File => _raw.File;

    /// <inheritdoc/>
    public bool Has(WeightKind kind) => kind switch
    {
        WeightKind.ln1_w or WeightKind.ln1_b => !(_steps.FoldQueriesAndKeys && _steps.FoldValues) && _raw.Has(kind),
        WeightKind.ln2_w or WeightKind.ln2_b => _steps.FoldMlp != WeightKind.ln2_w && _raw.Has(kind),
        WeightKind.b_in => _raw.Has(kind) || FoldsMlpBias,
        WeightKind.b_gate => _raw.Has(kind) || (FoldsMlpBias && _raw.Has(WeightKind.W_gate)),
        WeightKind.ln_final_w or WeightKind.ln_final_b => !_steps.FoldUnembedding && _raw.Has(kind),
        WeightKind.b_Q or WeightKind.b_K => _raw.Has(kind) || (_steps.FoldQueriesAndKeys && _raw.Has(WeightKind.ln1_b)),
        WeightKind.b_V => _raw.Has(kind) || (_steps.FoldValues && _raw.Has(WeightKind.ln1_b)),
        WeightKind.b_U => _raw.Has(kind) || (_steps.FoldUnembedding && _raw.Has(WeightKind.ln_final_b)),
        WeightKind.b_O => _raw.Has(kind) || (_steps.FoldValueBiases && Has(WeightKind.b_V)),
        _ => _raw.Has(kind),
    };

    /// <inheritdoc/>
    public bool ReadsGains(WeightKind reader) => _raw.ReadsGains(reader) && !Folds(reader);

    /// <inheritdoc/>
    public Matrix Read(WeightKind kind, HeadIndex head = default) => kind switch
    {
        WeightKind.W_E => ReadTokens(kind, 0, _config.Vocabulary),
        WeightKind.W_U or WeightKind.b_U => ReadTokens(kind, 0, _config.OutputVocabulary),
        WeightKind.W_pos => CenterRows(_raw.Read(kind, head), _steps.CenterPositions),
        WeightKind.W_O or WeightKind.W_out or WeightKind.b_out => CenterRows(_raw.Read(kind, head), _steps.CenterWriting),
        WeightKind.b_in => NeuronBias(kind, WeightKind.W_in, head),
        WeightKind.b_gate => NeuronBias(kind, WeightKind.W_gate, head),
        WeightKind.W_Q or WeightKind.W_K or WeightKind.W_V or WeightKind.W_in or WeightKind.W_gate =>
            Reading(kind, _raw.Read(kind, head), head),
        WeightKind.b_Q => HeadBias(kind, WeightKind.W_Q, head),
        WeightKind.b_K => HeadBias(kind, WeightKind.W_K, head),
        WeightKind.b_V => _steps.FoldValueBiases ? new Matrix(1, _config.DValue) : HeadBias(kind, WeightKind.W_V, head),
        WeightKind.b_O => OutputBias(head.Layer),
        _ => _raw.Read(kind, head),
    };

    /// <inheritdoc/>
    public Matrix ReadTokens(WeightKind kind, int first, int count, float[]? buffer = null) => kind switch
    {
        WeightKind.W_E => CenterRows(_raw.ReadTokens(kind, first, count), _steps.CenterWriting),
        WeightKind.W_U => Unembedding(first, count, centered: _steps.CenterUnembed),
        WeightKind.b_U when _steps.CenterUnembed => Map(UnembeddingBias(first, count), (_, value) => value - _biasMean.Value),
        WeightKind.b_U => UnembeddingBias(first, count),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This weight is not one of tokens."),
    };

    private Matrix Unembedding(int first, int count, bool centered)
    {
        var weight = Reading(WeightKind.W_U, _raw.ReadTokens(WeightKind.W_U, first, count), default);
        return centered ? Map(weight, (row, value) => value - _unembeddingMeans.Value[row]) : weight;
    }

    private Matrix UnembeddingBias(int first, int count)
    {
        var bias = _raw.Has(WeightKind.b_U) ? _raw.ReadTokens(WeightKind.b_U, first, count) : new Matrix(1, count);
        return _steps.FoldUnembedding && _raw.Has(WeightKind.ln_final_b)
            ? Sum(bias, MatrixProduct.Multiply(_raw.Read(WeightKind.ln_final_b), _raw.ReadTokens(WeightKind.W_U, first, count)))
            : bias;
    }

    private Matrix HeadBias(WeightKind kind, WeightKind weights, HeadIndex head)
    {
        var bias = _raw.Has(kind) ? _raw.Read(kind, head) : new Matrix(1, _config.ShapeOf(kind).Columns);
        return Folds(weights) && _raw.Has(WeightKind.ln1_b)
            ? Sum(bias, MatrixProduct.Multiply(_raw.Read(WeightKind.ln1_b, head with { Head = 0 }), _raw.Read(weights, head)))
            : bias;
    }

    private bool FoldsMlpBias => _steps.FoldMlp is { } gain && _raw.Has(BiasOf(gain));

    private static WeightKind BiasOf(WeightKind gain) => gain == WeightKind.ln2_w ? WeightKind.ln2_b : WeightKind.ln1_b;

    private Matrix NeuronBias(WeightKind kind, WeightKind weights, HeadIndex layer)
    {
        var bias = _raw.Has(kind) ? _raw.Read(kind, layer) : new Matrix(1, _config.ShapeOf(kind).Columns);
        return FoldsMlpBias
            ? Sum(bias, MatrixProduct.Multiply(_raw.Read(BiasOf(_steps.FoldMlp!.Value), layer), _raw.Read(weights, layer)))
            : bias;
    }

    private Matrix OutputBias(int layer)
    {
        var bias = _raw.Has(WeightKind.b_O) ? _raw.Read(WeightKind.b_O, new HeadIndex(layer, 0)) : new Matrix(1, _config.DModel);
        if (_steps.FoldValueBiases && Has(WeightKind.b_V))
            foreach (var head in _config.HeadsOf(layer))
                bias = Sum(bias, MatrixProduct.Multiply(HeadBias(WeightKind.b_V, WeightKind.W_V, head), _raw.Read(WeightKind.W_O, head)));
        return CenterRows(bias, _steps.CenterWriting);
    }

    /// <summary>
    /// Weights that read from the residual stream, with the gain of the normalization before them, and of a layer norm the centring.
    /// </summary>
    private Matrix Reading(WeightKind reader, Matrix weight, HeadIndex head)
    {
        if (!Folds(reader))
            return weight;
        bool final = reader == WeightKind.W_U;
        var gain = _raw.Read(GainOf(reader), head with { Head = 0 });
        weight = Map(weight, (row, value) => value * gain[0, row]);
        if (!NormalizationKinds.Centers(final ? _config.FinalNormalization : _config.Normalization))
            return weight;
        float[] means = new float[weight.Columns];
        for (int row = 0; row < weight.Rows; row++)
            TensorPrimitives.Add(means, weight.Row(row), means);
        TensorPrimitives.Divide(means, weight.Rows, means);
        return MapRows(weight, (row, values) => TensorPrimitives.Subtract(weight.Row(row), means, values));
    }

    private WeightKind GainOf(WeightKind reader) => reader switch
    {
        WeightKind.W_U => WeightKind.ln_final_w,
        WeightKind.W_in or WeightKind.W_gate => _steps.FoldMlp!.Value,
        _ => WeightKind.ln1_w,
    };

    /// <summary>Whether the norm's gain and bias go into a weight that reads through it.</summary>
    private bool Folds(WeightKind reader) => reader switch
    {
        WeightKind.W_Q or WeightKind.W_K => _steps.FoldQueriesAndKeys,
        WeightKind.W_V => _steps.FoldValues,
        WeightKind.W_U => _steps.FoldUnembedding,
        WeightKind.W_in or WeightKind.W_gate => _steps.FoldMlp is not null,
        _ => false,
    };

    private static Matrix CenterRows(Matrix weight, bool center) => center
        ? MapRows(weight, (row, values) => TensorPrimitives.Subtract(weight.Row(row), TensorPrimitives.Average(weight.Row(row)), values))
        : weight;

    /// <summary>The mean of each of W_U's rows over the outputs, from one pass over blocks of them.</summary>
    private float[] UnembeddingMeans()
    {
        double[] sums = new double[_config.DModel];
        int block = Math.Max(1, UnembeddingBlock / _config.DModel);
        for (int first = 0; first < _config.OutputVocabulary; first += block)
        {
            var part = Unembedding(first, Math.Min(block, _config.OutputVocabulary - first), centered: false);
            for (int row = 0; row < part.Rows; row++)
                sums[row] += TensorPrimitives.Sum(part.Row(row));
        }
        return [.. sums.Select(sum => (float)(sum / _config.OutputVocabulary))];
    }

    private static Matrix Sum(Matrix a, Matrix b) => MapRows(a, (row, values) => TensorPrimitives.Add(a.Row(row), b.Row(row), values));

    private static Matrix Map(Matrix matrix, Func<int, float, float> value) => MapRows(matrix, (row, values) =>
    {
        for (int column = 0; column < values.Length; column++)
            values[column] = value(row, matrix[row, column]);
    });

    private static Matrix MapRows(Matrix matrix, Action<int, Span<float>> fill)
    {
        float[] values = new float[matrix.Rows * matrix.Columns];
        for (int row = 0; row < matrix.Rows; row++)
            fill(row, values.AsSpan(row * matrix.Columns, matrix.Columns));
        return new Matrix(matrix.Rows, matrix.Columns, values);
    }
}
