using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Torch;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019) and clipping by the global norm, one pass over each parameter. The same bits at
/// any number of threads.
/// </summary>
internal sealed class AdamW(IReadOnlyList<TrainedParameter> parameters, int threads, double meanDecay = 0.9, double squareDecay = 0.99, double epsilon = 1e-8)
{
    private const int Block = 1 << 16;

    private readonly (TrainedParameter Parameter, int First, int Count)[] _blocks =
        [.. parameters.SelectMany(parameter => parameter.Ranges.SelectMany(range => Cut(range.First, range.Count).Select(part => (parameter, part.First, part.Count))))];

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
        double meanBias = 1 - Math.Pow(meanDecay, Steps), squareBias = 1 - Math.Pow(squareDecay, Steps);
        ForEach(i =>
        {
            var (parameter, first, count) = _blocks[i];
            double rate = learningRate * parameter.Rate;
            var move = new Move((float)(1 - rate * weightDecay), (float)(rate / meanBias), (float)(1 / Math.Sqrt(squareBias)), (float)epsilon,
                (float)meanDecay, (float)((1 - meanDecay) * gradientScale), (float)squareDecay, (float)((1 - squareDecay) * gradientScale * gradientScale));
            move.Apply(parameter.Value.Floats().Slice(first, count), parameter.Gradient!.Floats().Slice(first, count),
                parameter.Mean.AsSpan(first, count), parameter.Square.AsSpan(first, count));
        });
    }

    private static IEnumerable<(int First, int Count)> Cut(int first, int count)
    {
        for (int end = first + count; first < end; first += Block)
            yield return (first, Math.Min(Block, end - first));
    }

    private static double SquaredNorm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        for (; !values.IsEmpty; values = values[Math.Min(4096, values.Length)..])
        {
            var part = values[..Math.Min(4096, values.Length)];
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

    private readonly record struct Move(float Keep, float Rate, float SquareScale, float Epsilon, float MeanKeep, float MeanTake, float SquareKeep, float SquareTake)
    {
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
                var m = means[i] = means[i] * MeanKeep + g * MeanTake;
                var v = squares[i] = squares[i] * SquareKeep + g * g * SquareTake;
                values[i] = values[i] * Keep - m * Rate / (Vector512.Sqrt(v) * SquareScale + epsilon);
            }
            for (int i = values.Length * Vector512<float>.Count; i < value.Length; i++)
            {
                float g = gradient[i];
                float m = mean[i] = mean[i] * MeanKeep + g * MeanTake;
                float v = square[i] = square[i] * SquareKeep + g * g * SquareTake;
                value[i] = value[i] * Keep - m * Rate / (MathF.Sqrt(v) * SquareScale + Epsilon);
            }
        }
    }
}
