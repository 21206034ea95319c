using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Core;

/// <summary>Some rows' part of a <see cref="CertifiedGradient"/>: its sums, and the sums of what bounds their errors.</summary>
internal sealed unsafe class GradientPart
{
    /// <summary>Rows that go through the logits together: whatever is loaded of W_U is used for all of them.</summary>
    public const int BlockRows = 32;

    // So many columns' probabilities, and 16 dimensions of their columns of W_U, stay in the first cache while pulls are added up.
    private const int Segment = 256;

    // Units of roundoff that an exponential with the rounding of its argument, a logarithm or a division may be off by: see the remarks on
    // CertifiedGradient.
    private const int FunctionUnits = 40;

    private readonly FitProblem _problem;
    private readonly Matrix _map;
    private readonly OutputPanels _panels;
    private readonly double _reachOfLogits, _outputNorm;
    private readonly double[] _sources, _mapped, _pulls;
    private double[] _logits;

    /// <param name="problem">Rows, labels, weights and embeddings.</param>
    /// <param name="map">M.</param>
    /// <param name="panels">W_U as products read it.</param>
    /// <param name="mapNorm">The Frobenius norm of M, or above it.</param>
    /// <param name="outputNorm">The largest norm of a column of W_U, or above it.</param>
    public GradientPart(FitProblem problem, Matrix map, OutputPanels panels, double mapNorm, double outputNorm)
    {
        _problem = problem;
        _map = map;
        _panels = panels;
        _reachOfLogits = mapNorm * outputNorm;
        _outputNorm = outputNorm;
        _sources = new double[BlockRows * Width];
        _mapped = new double[BlockRows * Width];
        _pulls = new double[BlockRows * Width];
        _logits = new double[BlockRows * panels.Columns];
        Gradient = new double[Width * Width];
    }

    /// <summary>The transposed gradient.</summary>
    public double[] Gradient { get; }

    public double Loss { get; private set; }

    /// <summary>The sum of weighted sizes of what losses are made of.</summary>
    public double Magnitude { get; private set; }

    public double LossError { get; private set; }

    public double GradientError { get; private set; }

    /// <summary>The sum of weighted sizes of what the gradient is made of.</summary>
    public double Reach { get; private set; }

    private int Width => _problem.Width;

    private int Columns => _problem.OutputVocabulary;

    /// <summary>Adds rows, once.</summary>
    public void Add(int first, int end, CancellationToken cancellationToken)
    {
        for (int row = first; row < end; row += BlockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddBlock(row, Math.Min(BlockRows, end - row));
        }
        _logits = []; // the largest of the buffers: it is not kept with the sums
    }

    private void AddBlock(int first, int count)
    {
        foreach (double[] buffer in new[] { _sources, _mapped, _logits, _pulls })
            Array.Clear(buffer);
        for (int i = 0; i < count; i++)
        {
            var source = _problem.Sources.Row(first + i);
            for (int k = 0; k < Width; k++)
                _sources[(i * Width) + k] = source[k];
        }
        Logits();
        var sums = new (double Sum, double Share)[count];
        for (int i = 0; i < count; i++)
            sums[i] = Exponentiate(first + i, _logits.AsSpan(i * _panels.Columns, Columns));
        Pull();
        for (int i = 0; i < count; i++)
            Weigh(first + i, _pulls.AsSpan(i * Width, Width), sums[i].Sum, sums[i].Share);
        fixed (double* gradient = Gradient, pulls = _pulls)
        fixed (float* sources = &_problem.Sources.Data[(nint)first * Width])
            WideProduct.Add(gradient, Width, Width, Width, new(pulls, 1, Width), sources, Width, count);
    }

    private void Logits()
    {
        fixed (double* sources = _sources, mapped = _mapped, logits = _logits)
        fixed (float* map = _map.Data)
        {
            WideProduct.Add(mapped, Width, BlockRows, Width, new(sources, Width, 1), map, Width, Width);
            const int together = OutputPanels.Together;
            for (int j = 0; j < _panels.Columns; j += together)
                WideProduct.Add(logits + j, _panels.Columns, BlockRows, together, new(mapped, Width, 1), _panels.At(j), together, Width);
        }
    }

    // Makes exponentials of logits; returns their sum, and by what share of itself one of their shares of it may be off.
    private (double Sum, double Share) Exponentiate(int example, Span<double> row)
    {
        double label = row[_problem.Labels[example]], weight = _problem.Weights[example], shift = Largest(row), sum = 0;
        foreach (ref double logit in row)
            sum += logit = Math.Exp(logit - shift);
        double log = Math.Log(sum), size = Math.Abs(log) + (2 * Math.Abs(shift)) + (2 * Math.Abs(label));
        double product = ErrorBound.DoubleInAnyOrder(Width);
        double error = ((2 * product) + (product * product)) * CertifiedGradient.Norm(_problem.Sources.Row(example)) * _reachOfLogits;
        Loss += weight * (log + shift - label);
        Magnitude += weight * size;
        LossError += weight * ((2 * error) + ErrorBound.DoubleInAnyOrder(Columns + FunctionUnits)
            + (ErrorBound.DoubleInAnyOrder(FunctionUnits) * size));
        return (sum, Math.Exp(2 * error) * ((2 * error) + ErrorBound.DoubleInAnyOrder(Columns + (2 * FunctionUnits))));
    }

    private static double Largest(ReadOnlySpan<double> row)
    {
        var vectors = MemoryMarshal.Cast<double, Vector512<double>>(row);
        var maxima = Vector512.Create(double.NegativeInfinity);
        foreach (var vector in vectors)
            maxima = Vector512.Max(maxima, vector);
        double largest = double.NegativeInfinity;
        for (int lane = 0; lane < Vector512<double>.Count; lane++)
            largest = Math.Max(largest, maxima[lane]);
        foreach (double value in row[(vectors.Length * Vector512<double>.Count)..])
            largest = Math.Max(largest, value);
        return largest;
    }

    // sum over columns of exp_j u_j.
    private void Pull()
    {
        fixed (double* pulls = _pulls, exponentials = _logits)
        fixed (float* outputs = _problem.Outputs.Data)
            for (int from = 0; from < Columns; from += Segment)
            {
                var left = new WideFactor(exponentials + from, _panels.Columns, 1);
                float* right = outputs + ((nint)from * Width);
                WideProduct.Add(pulls, Width, BlockRows, Width, left, right, Width, Math.Min(Segment, Columns - from));
            }
    }

    private void Weigh(int example, Span<double> pull, double exponentials, double share)
    {
        double weight = _problem.Weights[example], sum = ErrorBound.DoubleInAnyOrder(Columns + 8);
        var output = _problem.Outputs.Row(_problem.Labels[example]);
        for (int k = 0; k < pull.Length; k++)
            pull[k] = weight * ((pull[k] / exponentials) - output[k]);
        double reach = weight * CertifiedGradient.Norm(_problem.Sources.Row(example)) * _outputNorm;
        Reach += 2 * reach;
        GradientError += reach * ((share * (1 + sum)) + sum);
    }
}
