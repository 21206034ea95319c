using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lanes = System.Numerics.Vector<double>;

namespace OVPipeline.Core;

/// <summary>
/// Mean log-loss and gradient of <see cref="LogLossGradient"/> in double precision, with rigorous bounds on what rounding did to them.
/// One pass over all logits; the same bits at any thread count.
/// </summary>
/// <param name="Loss">The loss at M as computed, in nats.</param>
/// <param name="LossError">How far it can be from the true one.</param>
/// <param name="Gradient">The gradient as computed, [d_model, d_model].</param>
/// <param name="GradientError">The largest Frobenius norm of what it can be off by.</param>
/// <remarks>
/// With u = 2^-53 and <c>g(n) = n u / (1 - n u)</c> (Higham 2002, section 3.1), N the number of columns and U the largest norm of a column
/// of W_U: a logit is off by at most <c>e = (2 g(d) + g(d)²) |W_E row| |M| U</c> (a product of two rounded factors, by Cauchy and
/// Schwarz); the log of a sum of exponentials of such logits by e and by <c>g(N + ExpUnits)</c> more, and its difference to the label's
/// logit by e again. A probability is off by a share of at most <c>exp(2 e) (1 + g(N + 2 ExpUnits)) - 1</c>, the pull <c>sum p_j u_j</c>
/// by that and g(N) times U. Rows are added up with weights and embeddings, which adds a g of their number.
/// </remarks>
internal sealed record CertifiedGradient(double Loss, double LossError, double[] Gradient, double GradientError)
{
    // Units of roundoff that an exponential, a logarithm and a division may be off by: libraries keep within one or two, this allows for
    // any.
    private const int ExpUnits = 16;
    private const double Unit = 1.0 / (1L << 53);

    // Covers the roundings of the bounds themselves, which are sums of terms of one sign.
    private const double Slack = 1 + 1e-6;

    // Rows go through the logits four at a time, so that a value of W_U is loaded once for them; a segment of their logits, 8 KiB a row,
    // stays in the first cache.
    private const int Together = 4, Segment = 1024;

    // The gradient is added up in so many parts, in their order, whatever the number of threads.
    private const int Parts = 16;

    public static CertifiedGradient At(FitProblem problem, Matrix map, CancellationToken cancellationToken)
    {
        int rows = problem.Rows, width = problem.Width, columns = problem.OutputVocabulary;
        double mapNorm = Norm(map.Values), outputNorm = 0;
        for (int j = 0; j < columns; j++)
            outputNorm = Math.Max(outputNorm, Norm(problem.Outputs.Row(j)));
        int height = ((rows + Parts - 1) / Parts + Together - 1) / Together * Together;
        var parts = new Part[(rows + height - 1) / height];
        Parallel.For(0, parts.Length, new ParallelOptions { CancellationToken = cancellationToken }, part =>
        {
            var sum = new Part(width, columns);
            for (int row = part * height; row < Math.Min(rows, (part + 1) * height); row += Together)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sum.Add(problem, map, row, Math.Min(Together, Math.Min(rows, (part + 1) * height) - row), mapNorm, outputNorm);
            }
            parts[part] = sum;
        });
        double loss = 0, lossError = 0, gradientError = 0, magnitude = 0;
        var gradient = new double[width * width];
        foreach (var part in parts)
        {
            loss += part.Loss;
            magnitude += part.Magnitude;
            lossError += part.LossError;
            gradientError += part.GradientError;
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] += part.Gradient[i];
        }
        lossError += Gamma(rows + 4) * magnitude;
        gradientError += Gamma(rows + 8) * parts.Sum(part => part.Reach);
        return new(loss, lossError * Slack, gradient, gradientError * Slack);
    }

    private static double Gamma(long terms) => terms * Unit / (1 - (terms * Unit));

    private static double Norm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += (double)value * value;
        return Math.Sqrt(sum) * Slack;
    }

    private sealed class Part(int width, int columns)
    {
        private readonly double[] _sources = new double[Together * width], _logits = new double[Together * columns];

        public double[] Gradient { get; } = new double[width * width];

        public double Loss { get; private set; }

        /// <summary>The sum of weighted sizes of what losses are made of.</summary>
        public double Magnitude { get; private set; }

        public double LossError { get; private set; }

        public double GradientError { get; private set; }

        /// <summary>The sum of weighted sizes of what the gradient is made of.</summary>
        public double Reach { get; private set; }

        public void Add(FitProblem problem, Matrix map, int first, int count, double mapNorm, double outputNorm)
        {
            Array.Clear(_sources);
            for (int i = 0; i < count; i++)
            {
                var source = problem.Sources.Row(first + i);
                var target = _sources.AsSpan(i * width, width);
                for (int k = 0; k < width; k++)
                    MultiplyAdd(source[k], map.Row(k), target);
            }
            Logits(problem.Unembedding);
            var pulls = new double[Together * width];
            var softmax = new (double Weight, double Share)[count];
            for (int i = 0; i < count; i++)
            {
                var row = _logits.AsSpan(i * columns, columns);
                double label = row[problem.Labels[first + i]], weight = problem.Weights[first + i];
                double shift = double.NegativeInfinity, sum = 0;
                foreach (double logit in row)
                    shift = Math.Max(shift, logit);
                foreach (ref double logit in row)
                    sum += logit = Math.Exp(logit - shift);
                double log = Math.Log(sum), sizes = Norm(problem.Sources.Row(first + i)) * mapNorm * outputNorm;
                double error = ((2 * Gamma(width)) + (Gamma(width) * Gamma(width))) * sizes;
                double size = Math.Abs(log) + (2 * Math.Abs(shift)) + (2 * Math.Abs(label));
                Loss += weight * (log + shift - label);
                LossError += weight * ((2 * error) + Gamma(columns + ExpUnits) + (Gamma(ExpUnits) * size));
                Magnitude += weight * size;
                softmax[i] = (weight, (Math.Exp(2 * error) * (1 + Gamma(columns + (2 * ExpUnits)))) - 1);
                foreach (ref double probability in row)
                    probability /= sum;
            }
            Pull(problem.Unembedding, pulls);
            for (int i = 0; i < count; i++)
            {
                var (weight, share) = softmax[i];
                var source = problem.Sources.Row(first + i);
                var output = problem.Outputs.Row(problem.Labels[first + i]);
                var pull = pulls.AsSpan(i * width, width);
                for (int k = 0; k < width; k++)
                    pull[k] = weight * (pull[k] - output[k]);
                for (int k = 0; k < width; k++)
                    MultiplyAdd(source[k], pull, Gradient.AsSpan(k * width, width));
                double reach = weight * Norm(source) * outputNorm;
                Reach += 2 * reach;
                GradientError += reach * ((share * (1 + Gamma(columns + 8))) + Gamma(columns + 8));
            }
        }

        // Segment by segment of the columns, dimension by dimension, four rows at a time.
        private void Logits(Matrix unembedding)
        {
            Array.Clear(_logits);
            for (int from = 0; from < columns; from += Segment)
            {
                int length = Math.Min(Segment, columns - from);
                for (int k = 0; k < width; k++)
                {
                    var output = unembedding.Row(k).Slice(from, length);
                    AddToFour(output, from, _sources[k], _sources[width + k], _sources[(2 * width) + k], _sources[(3 * width) + k]);
                }
            }
        }

        private void AddToFour(ReadOnlySpan<float> output, int from, double s0, double s1, double s2, double s3)
        {
            Span<double> r0 = _logits.AsSpan(from, output.Length), r1 = _logits.AsSpan(columns + from, output.Length);
            Span<double> r2 = _logits.AsSpan((2 * columns) + from, output.Length), r3 = _logits.AsSpan((3 * columns) + from, output.Length);
            int lanes = Lanes.Count, i = 0;
            for (; i <= output.Length - (2 * lanes); i += 2 * lanes)
            {
                Vector.Widen(new Vector<float>(output[i..]), out var low, out var high);
                Step(r0, i, low, high, s0);
                Step(r1, i, low, high, s1);
                Step(r2, i, low, high, s2);
                Step(r3, i, low, high, s3);
            }
            for (; i < output.Length; i++)
            {
                r0[i] += s0 * output[i];
                r1[i] += s1 * output[i];
                r2[i] += s2 * output[i];
                r3[i] += s3 * output[i];
            }
        }

        private static void Step(Span<double> row, int at, Lanes low, Lanes high, double scale)
        {
            ref var first = ref MemoryMarshal.GetReference(row);
            var factor = new Lanes(scale);
            ref var a = ref Unsafe.As<double, Lanes>(ref Unsafe.Add(ref first, at));
            ref var b = ref Unsafe.Add(ref a, 1);
            a += factor * low;
            b += factor * high;
        }

        // sum over columns of p_j u_j: for each dimension four sums of products.
        private void Pull(Matrix unembedding, double[] pulls)
        {
            for (int from = 0; from < columns; from += Segment)
            {
                int length = Math.Min(Segment, columns - from);
                for (int k = 0; k < width; k++)
                {
                    var output = unembedding.Row(k).Slice(from, length);
                    var (p0, p1, p2, p3) = DotFour(output, from);
                    pulls[k] += p0;
                    pulls[width + k] += p1;
                    pulls[(2 * width) + k] += p2;
                    pulls[(3 * width) + k] += p3;
                }
            }
        }

        private (double, double, double, double) DotFour(ReadOnlySpan<float> output, int from)
        {
            Span<double> r0 = _logits.AsSpan(from, output.Length), r1 = _logits.AsSpan(columns + from, output.Length);
            Span<double> r2 = _logits.AsSpan((2 * columns) + from, output.Length), r3 = _logits.AsSpan((3 * columns) + from, output.Length);
            int lanes = Lanes.Count, i = 0;
            Lanes s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i <= output.Length - (2 * lanes); i += 2 * lanes)
            {
                Vector.Widen(new Vector<float>(output[i..]), out var low, out var high);
                s0 += (low * new Lanes(r0[i..])) + (high * new Lanes(r0[(i + lanes)..]));
                s1 += (low * new Lanes(r1[i..])) + (high * new Lanes(r1[(i + lanes)..]));
                s2 += (low * new Lanes(r2[i..])) + (high * new Lanes(r2[(i + lanes)..]));
                s3 += (low * new Lanes(r3[i..])) + (high * new Lanes(r3[(i + lanes)..]));
            }
            double t0 = Vector.Sum(s0), t1 = Vector.Sum(s1), t2 = Vector.Sum(s2), t3 = Vector.Sum(s3);
            for (; i < output.Length; i++)
            {
                t0 += r0[i] * output[i];
                t1 += r1[i] * output[i];
                t2 += r2[i] * output[i];
                t3 += r3[i] * output[i];
            }
            return (t0, t1, t2, t3);
        }

        private static void MultiplyAdd(float scale, ReadOnlySpan<float> row, Span<double> target)
        {
            for (int j = 0; j < row.Length; j++)
                target[j] += (double)scale * row[j];
        }

        private static void MultiplyAdd(float scale, ReadOnlySpan<double> row, Span<double> target)
        {
            for (int j = 0; j < row.Length; j++)
                target[j] += scale * row[j];
        }
    }
}
