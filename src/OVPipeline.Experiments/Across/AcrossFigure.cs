using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What figures are counted in.</summary>
internal static class AcrossUnit
{
    /// <summary>Percent of all tokens, from 0 to 100.</summary>
    public const string Share = "%";

    /// <summary>A difference of two such shares.</summary>
    public const string Points = "points";

    /// <summary>
    /// Percent of what two heads do for the loss: below 0 where it harms, above 100 where it does more than they.
    /// </summary>
    public const string Kept = "% of the gain";

    /// <summary>Nats a token.</summary>
    public const string Nats = "nats";

    /// <summary>A rank.</summary>
    public const string Rank = "rank";

    /// <summary>Tokens of training, in millions.</summary>
    public const string Tokens = "million tokens";

    /// <summary>A unit's name in files.</summary>
    public static string Id(string unit) => unit == Share ? "shares" : unit == Kept ? "kept" : unit.Replace(' ', '-');

    /// <summary>A ratio, or the natural logarithm of one.</summary>
    public const string Ratio = "ratio", LogRatio = "log ratio";
}

/// <summary>A figure that is compared across models.</summary>
/// <param name="Experiment">The experiment that it is of, by name.</param>
/// <param name="Name">What it is, in words.</param>
/// <param name="Unit">What it is counted in, of <see cref="AcrossUnit"/>.</param>
/// <param name="Of">Takes it from a model's results; null where it was not measured or is not defined.</param>
internal sealed record AcrossFigure(string Experiment, string Name, string Unit, Func<ModelOutcomes, double?> Of)
{
    /// <summary>It on every model.</summary>
    public AcrossRow On(IReadOnlyList<ModelOutcomes> models) => new(this, [.. models.Select(model => Finite(Of(model)))]);

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}

/// <summary>A figure on several models.</summary>
/// <param name="Figure">The figure.</param>
/// <param name="Values">It on each model; null where a model has none.</param>
internal sealed record AcrossRow(AcrossFigure Figure, IReadOnlyList<double?> Values)
{
    /// <summary>The values that there are.</summary>
    public double[] Known => [.. Values.OfType<double>()];

    /// <summary>
    /// Their mean, with Student's 95 % interval over models where there are two or more; null where no model has the figure. The ends of
    /// shares stay in [0, 100].
    /// </summary>
    public ConfidenceInterval? Mean
    {
        get
        {
            double[] known = Known;
            if (known.Length == 0)
                return null;
            var mean = ShownIntervals.OfMean(known);
            return Figure.Unit == AcrossUnit.Share
                ? mean with { Low = Math.Max(0, mean.Low), High = Math.Min(100, mean.High) }
                : mean;
        }
    }
}
