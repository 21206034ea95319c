namespace OVPipeline.Studies;

/// <summary>
/// What experiments cost: each scores every head and pair first, then makes fits and runs the model on text. How often follows from options
/// and from what is found, so the numbers here are those of the embedded model, in round figures: there a quick run of all takes two core
/// minutes, a whole one eighteen. What a model's own units took corrects them (<see cref="MeasuredCosts"/>).
/// </summary>
internal static class ExperimentCosts
{
    private const int QuickSteps = 40;
    private const double Window = 1024;

    private static readonly Dictionary<string, Counts> s_counts = new()
    {
        ["reproduction"] = new(Fits: 6, QuickFits: 6, Windows: 80, QuickWindows: 6),
        ["frontier"] = new(500, 60, 0, 0),
        ["fairness"] = new(60, 15, 0, 0),
        ["put-back"] = new(3, 3, 350, 50),
        ["roles"] = new(0, 0, 60, 8),
        ["dynamics"] = new(20, 4, 0, 0) { Sweeps = 20 },
        ["patterns"] = new(3, 3, 700, 50),
        ["value-rank"] = new(0, 0, 0, 0) { Sweeps = 0 },
    };

    /// <summary>What an experiment is estimated to take on a model.</summary>
    /// <param name="experiment">Its name.</param>
    /// <param name="quick">Whether it is run for a first look.</param>
    /// <param name="steps">The most steps of a fit; null where the study does not say.</param>
    /// <param name="sizes">Sizes of the model.</param>
    public static UnitWork Of(string experiment, bool quick, int? steps, ModelSizes sizes)
    {
        var counts = s_counts[experiment];
        double v = sizes.Vocabulary, r = sizes.DHead;
        // Every head, and pairs that share their logits.
        double sweep = sizes.AllHeads * ((2 * UnitCosts.RankPass(v, r)) + UnitCosts.FullPass(v, r));
        double fits = (quick ? counts.QuickFits : counts.Fits) * UnitCosts.Fit(v, 2 * r, steps ?? (quick ? QuickSteps : null));
        double tokens = Window * (quick ? counts.QuickWindows : counts.Windows);
        return new((counts.Sweeps * sweep) + fits + UnitCosts.Forward(sizes, tokens),
            (24.0 * 4 * v * r) + (tokens > 0 ? UnitCosts.ForwardBytes(sizes, Window) : 0));
    }

    // Fits at twice a head's rank, windows of text that the model is run on, and how often all heads and pairs are scored.
    private sealed record Counts(int Fits, int QuickFits, int Windows, int QuickWindows)
    {
        public double Sweeps { get; init; } = 1;
    }
}
