namespace OVPipeline.Core;

/// <summary>Adam (Kingma and Ba 2015) on a pair of factors.</summary>
internal sealed class Adam(int width, int rank)
{
    private const double MeanDecay = 0.9, SquareDecay = 0.99, Epsilon = 1e-10;

    private readonly Moments _left = new(width * rank), _right = new(width * rank);
    private int _steps;

    /// <summary>Moves the factors against a gradient, in place.</summary>
    public void Step(FactorPair factors, FactorPair gradient, double learningRate)
    {
        _steps++;
        double rate = learningRate * Math.Sqrt(1 - Math.Pow(SquareDecay, _steps)) / (1 - Math.Pow(MeanDecay, _steps));
        Parallel.Invoke(
            () => _left.Move(factors.Left.Data, gradient.Left.Data, rate),
            () => _right.Move(factors.Right.Data, gradient.Right.Data, rate));
    }

    private sealed class Moments(int length)
    {
        private readonly float[] _mean = new float[length], _square = new float[length];

        public void Move(float[] values, float[] gradient, double rate)
        {
            for (int i = 0; i < values.Length; i++)
            {
                float g = gradient[i];
                _mean[i] += (float)(1 - MeanDecay) * (g - _mean[i]);
                _square[i] += (float)(1 - SquareDecay) * (g * g - _square[i]);
                values[i] -= (float)(rate * _mean[i] / (Math.Sqrt(_square[i]) + Epsilon));
            }
        }
    }
}
