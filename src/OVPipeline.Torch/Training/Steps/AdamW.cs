using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Torch;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019) and clipping by the global norm, one pass over each parameter. The same
/// bits at any number of threads.
/// </summary>
/// <param name="parameters">What is moved. Gradients are put into them before each step.</param>
/// <param name="threads">Most threads used.</param>
/// <param name="meanDecay">Decay of the mean of gradients, beta 1.</param>
/// <param name="squareDecay">Decay of the mean of squared gradients, beta 2.</param>
/// <param name="epsilon">What is added to the root of that mean.</param>
internal sealed class AdamW(
    IReadOnlyList<TrainedParameter> parameters,
    int threads,
    double meanDecay = 0.9,
    double squareDecay = 0.99,
    double epsilon = 1e-8)
{
    // Elements that a thread takes at once: value, gradient, mean and square are 4 x 256 KiB, what a core's own caches hold. Blocks are the
    // same at any number of threads, and so is the order in which the sums of a norm are added.
    private const int Block = 1 << 16;

    // Elements whose squares are summed in single precision before the sum goes on in double: 256 to a lane, whose rounding is below 2^-16.
    private const int SquaresAtATime = 4096;

    private readonly (TrainedParameter Parameter, int First, int Count)[] _blocks = [.. parameters.SelectMany(Blocks)];

    /// <summary>Steps taken.</summary>
    public long Steps { get; set; }

    public IReadOnlyList<TrainedParameter> Parameters => parameters;

    /// <summary>The norm of all gradients together.</summary>
    public double GradientNorm()
    {
        var squares = new double[_blocks.Length];
        ForEach(i => squares[i] = SquaredNorm(_blocks[i].Parameter.Gradient!.Floats().Slice(_blocks[i].First, _blocks[i].Count)));
        double sum = 0;
        foreach (double square in squares)
            sum += square;
        return Math.Sqrt(sum);
    }

    /// <summary>Moves every parameter against its gradient.</summary>
    /// <param name="learningRate">Before each parameter's own factor.</param>
    /// <param name="weightDecay">Share of the learning rate by which weights shrink.</param>
    /// <param name="gradientScale">What gradients are multiplied by first.</param>
    public void Step(double learningRate, double weightDecay, double gradientScale)
    {
        Steps++;
        // The means start at 0; divided by these they are means of the gradients so far (Kingma and Ba 2015).
        double meanBias = 1 - Math.Pow(meanDecay, Steps);
        double squareBias = 1 - Math.Pow(squareDecay, Steps);
        ForEach(i =>
        {
            var (parameter, first, count) = _blocks[i];
            double rate = learningRate * parameter.Rate;
            var update = new ElementUpdate
            {
                ValueKeep = (float)(1 - (rate * weightDecay)),
                Rate = (float)(rate / meanBias),
                SquareScale = (float)(1 / Math.Sqrt(squareBias)),
                Epsilon = (float)epsilon,
                MeanKeep = (float)meanDecay,
                MeanTake = (float)((1 - meanDecay) * gradientScale),
                SquareKeep = (float)squareDecay,
                SquareTake = (float)((1 - squareDecay) * gradientScale * gradientScale),
            };
            update.Apply(
                parameter.Value.Floats().Slice(first, count),
                parameter.Gradient!.Floats().Slice(first, count),
                parameter.Mean.AsSpan(first, count),
                parameter.Square.AsSpan(first, count));
        });
    }

    private static IEnumerable<(TrainedParameter Parameter, int First, int Count)> Blocks(TrainedParameter parameter)
    {
        foreach (var (start, count) in parameter.Ranges)
        {
            int end = start + count;
            for (int first = start; first < end; first += Block)
                yield return (parameter, first, Math.Min(Block, end - first));
        }
    }

    private static double SquaredNorm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        while (!values.IsEmpty)
        {
            var part = values[..Math.Min(SquaresAtATime, values.Length)];
            values = values[part.Length..];
            var vectors = MemoryMarshal.Cast<float, Vector512<float>>(part);
            var squares = Vector512<float>.Zero;
            foreach (var vector in vectors)
                squares += vector * vector;
            sum += Vector512.Sum(squares);
            foreach (float value in part[(vectors.Length * Vector512<float>.Count)..])
                sum += value * value;
        }
        return sum;
    }

    private void ForEach(Action<int> work)
    {
        if (threads == 1)
            for (int i = 0; i < _blocks.Length; i++)
                work(i);
        else
            Parallel.For(0, _blocks.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, work);
    }

    /// <summary>
    /// What a step does to each element, its factors rounded once. Vectors and the rest after them do the same arithmetic.
    /// </summary>
    private readonly record struct ElementUpdate
    {
        /// <summary>What is left of a value after weight decay.</summary>
        public required float ValueKeep { get; init; }

        /// <summary>The learning rate over the mean's bias.</summary>
        public required float Rate { get; init; }

        /// <summary>1 over the root of the square's bias.</summary>
        public required float SquareScale { get; init; }

        public required float Epsilon { get; init; }

        public required float MeanKeep { get; init; }

        public required float MeanTake { get; init; }

        public required float SquareKeep { get; init; }

        public required float SquareTake { get; init; }

        public void Apply(Span<float> value, ReadOnlySpan<float> gradient, Span<float> mean, Span<float> square)
        {
            var values = MemoryMarshal.Cast<float, Vector512<float>>(value);
            var gradients = MemoryMarshal.Cast<float, Vector512<float>>(gradient);
            var means = MemoryMarshal.Cast<float, Vector512<float>>(mean);
            var squares = MemoryMarshal.Cast<float, Vector512<float>>(square);
            var epsilon = Vector512.Create(Epsilon);
            for (int i = 0; i < values.Length; i++)
            {
                var g = gradients[i];
                var m = (means[i] * MeanKeep) + (g * MeanTake);
                var v = (squares[i] * SquareKeep) + (g * g * SquareTake);
                means[i] = m;
                squares[i] = v;
                values[i] = (values[i] * ValueKeep) - (m * Rate / ((Vector512.Sqrt(v) * SquareScale) + epsilon));
            }
            for (int i = values.Length * Vector512<float>.Count; i < value.Length; i++)
            {
                float g = gradient[i];
                float m = (mean[i] * MeanKeep) + (g * MeanTake);
                float v = (square[i] * SquareKeep) + (g * g * SquareTake);
                mean[i] = m;
                square[i] = v;
                value[i] = (value[i] * ValueKeep) - (m * Rate / ((MathF.Sqrt(v) * SquareScale) + Epsilon));
            }
        }
    }
}
