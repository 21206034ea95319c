namespace OVPipeline.Torch;

/// <summary>The learning rate over a run: a linear warm-up, a constant phase, half a cosine down to a floor.</summary>
/// <param name="Peak">The highest rate.</param>
/// <param name="WarmUpSteps">Steps until it is reached.</param>
/// <param name="DecayFrom">The share of the run after which it falls.</param>
/// <param name="Floor">The share of the peak that it falls to.</param>
internal readonly record struct LearningRate(double Peak, int WarmUpSteps, double DecayFrom, double Floor)
{
    /// <summary>The rate of a step of a run of a number of steps, counted from 0.</summary>
    public double At(long step, long steps)
    {
        double warm = Math.Min(1, (step + 1.0) / Math.Max(1, WarmUpSteps)); // no step is taken at a rate of 0
        double progress = (double)step / steps;
        double decay = DecayFrom >= 1 ? 0 : Math.Clamp((progress - DecayFrom) / (1 - DecayFrom), 0, 1);
        double cosine = 0.5 * (1 + Math.Cos(Math.PI * decay)); // from 1 to 0
        return Peak * warm * (Floor + ((1 - Floor) * cosine));
    }
}
