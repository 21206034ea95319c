using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Fits of the frontier that cannot be what they are meant to be: tables name them, and no sentence rests on one.</summary>
public sealed class FrontierFailures
{
    private const int MostNamed = 6;
    private readonly Dictionary<(string Way, int Rank), FailedCheck> _failed;

    private FrontierFailures(Dictionary<(string Way, int Rank), FailedCheck> failed) => _failed = failed;

    /// <summary>The failed check of a fit; null where it is as good as all that it could have been.</summary>
    public FailedCheck? this[string way, int rank] => _failed.GetValueOrDefault((way, rank));

    /// <summary>The fits that fail, for the note of a table; null where none does.</summary>
    public string? Note => _failed.Count == 0 ? null
        : $"Nothing is concluded from {(_failed.Count == 1 ? "a fit" : $"{_failed.Count} fits")} that did not converge: "
            + string.Join("; ", _failed.OrderBy(one => one.Key.Rank).Take(MostNamed).Select(one => $"{one.Key.Way}, rank "
                + $"{one.Key.Rank}, {one.Value.Reason}"))
            + (_failed.Count > MostNamed ? "; and so on." : ".");

    /// <summary>A note with the fits that fail.</summary>
    public string? After(string? note) => (note, Note) switch
    {
        (null, _) => Note,
        (_, null) => note,
        _ => $"{note} {Note}",
    };

    /// <summary>Checks every fit against all that was measured.</summary>
    /// <param name="arms">What was measured at each rank.</param>
    /// <param name="fitted">The ways that are fits, each with the norm that it was held to.</param>
    /// <param name="own">Circuits of the model through the same embeddings.</param>
    /// <param name="vocabulary">Tokens, V.</param>
    internal static FrontierFailures Of(
        IReadOnlyList<FrontierArm> arms, IReadOnlyList<(string Way, double? Norm)> fitted, IReadOnlyList<FrontierPoint> own, int vocabulary)
    {
        Dictionary<(string, int), FailedCheck> failed = [];
        foreach (var (way, norm) in fitted)
            foreach (var arm in arms.Where(arm => arm.Way == way))
            {
                var fit = new FrontierPoint(way, arm.Rank, arm.Repeats.Max(one => one.Norm), arm.LogLoss)
                {
                    MostNorm = norm,
                    NotConverged = arm.Repeats.Select(one => one.NotConverged).FirstOrDefault(said => said is not null),
                };
                var known = arms.Where(other => other != arm).SelectMany(Points).Concat(own);
                if (FrontierChecks.Check(fit, known, vocabulary) is { } check)
                    failed[(way, arm.Rank)] = check;
            }
        return new(failed);
    }

    /// <summary>The circuits of a way at a rank as points.</summary>
    internal static IEnumerable<FrontierPoint> Points(FrontierArm arm) =>
        arm.Repeats.Select(one => new FrontierPoint($"\"{arm.Way}\" at rank {arm.Rank}", arm.Rank, one.Norm, one.Row.LogLoss));
}
