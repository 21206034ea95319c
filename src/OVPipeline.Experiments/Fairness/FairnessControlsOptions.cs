namespace OVPipeline.Experiments;

/// <summary>How many controls there are, and how often each is repeated.</summary>
public sealed record FairnessControlsOptions : ExperimentOptions
{
    /// <summary>
    /// Weight decays w, of w/2 (|A|² + |B|²) added to the mean loss in nats; each above 0. They are taken least first.
    /// </summary>
    public IReadOnlyList<double> WeightDecays { get; init; } = [1e-4, 1e-3, 1e-2, 1e-1, 1];

    /// <summary>Random permutations and random models, at least 1. From 2 on there are intervals.</summary>
    public int Repeats { get; init; } = 3;

    /// <summary>Random splits into fitted and held-out tokens, at least 1. From 2 on there are intervals.</summary>
    public int Splits { get; init; } = 5;

    /// <summary>Two decays, one repeat, two splits, fits of 40 steps: for a first look.</summary>
    public static FairnessControlsOptions Quick { get; } =
        new() { MaxFitSteps = QuickFitSteps, WeightDecays = [1e-3, 1e-1], Repeats = 1, Splits = 2 };

    internal FairnessControlsOptions Required()
    {
        if (Repeats < 1 || Splits < 1)
            throw new ArgumentException($"One or more repeats and splits are needed, were {Repeats} and {Splits}.");
        if (WeightDecays.Any(decay => !(double.IsFinite(decay) && decay > 0)))
            throw new ArgumentException($"Weight decays are finite and above 0, were {string.Join(", ", WeightDecays)}.");
        return this;
    }
}
