namespace OVPipeline.Core;

/// <summary>Tells when the mean loss of a window of steps is no longer below that of the window before by a share of it.</summary>
internal sealed class PlateauDetector(double tolerance)
{
    private const int Window = 20;

    private double _sum, _previous = double.PositiveInfinity;
    private int _count;

    /// <summary>Takes the next step's loss; whether it has levelled off.</summary>
    public bool Add(double loss)
    {
        _sum += loss;
        if (++_count < Window)
            return false;
        double mean = _sum / Window;
        bool level = tolerance > 0 && mean > (1 - tolerance) * _previous;
        _sum = 0;
        _count = 0;
        _previous = mean;
        return level;
    }
}
