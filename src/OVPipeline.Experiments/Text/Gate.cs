using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// Which two heads the behaviour experiments are about, and whether the model has what they ask for: two heads of the last layer with an
/// induction
/// score of 0.3 or more that copy materially.
/// </summary>
/// <param name="A">Of the two, the one with the higher induction score.</param>
/// <param name="B">The other.</param>
/// <param name="Heads">All heads of the last layer.</param>
public sealed record Gate(HeadIndex A, HeadIndex B, IReadOnlyList<GateRow> Heads)
{
    /// <summary>That no head of the model copies, in words: nothing is then said of what heads that copy do. Null where one does.</summary>
    public string? NoCopyingHead { get; init; }

    /// <summary>Whether the model has two such heads.</summary>
    public bool Informative => NoCopyingHead is null && Heads.Count(row => row.Passes) >= 2;

    /// <summary>How A and B were chosen.</summary>
    public string Chosen => Informative
        ? $"A is head {A} and B head {B}: of the last layer's heads with an induction score of at least {Number(GateRow.LeastInduction)} that copy at least {Number(100 * GateRow.LeastCopying)} % of all tokens, the two with the highest scores"
        : $"A is head {A} and B head {B}: of the last layer's heads the two that copy best alone";

    /// <summary>Why the experiments are not informative here, with the figures.</summary>
    public string Reason
    {
        get
        {
            var best = Heads.MaxBy(row => row.Induction)!;
            return string.Create(CultureInfo.InvariantCulture, $"it takes two heads with an induction score of at least {GateRow.LeastInduction} that each copy at least {100 * GateRow.LeastCopying:0.#} % of all tokens; the last layer has {Heads.Count(row => row.Passes)}. ")
                + string.Create(CultureInfo.InvariantCulture, $"The highest induction score is {best.Induction:0.000} (head {best.Head}, which copies {100 * best.Top1:0.0} %); A and B are {A} ({Row(A).Induction:0.000}, {100 * Row(A).Top1:0.0} %) and {B} ({Row(B).Induction:0.000}, {100 * Row(B).Top1:0.0} %)");
        }
    }

    /// <summary>Chooses among the heads of the last layer.</summary>
    /// <exception cref="ArgumentException">There are fewer than two.</exception>
    public static Gate Of(IReadOnlyList<GateRow> heads)
    {
        if (heads.Count < 2)
            throw new ArgumentException($"Two heads are needed, there is {heads.Count}.", nameof(heads));
        var passing = heads.Where(row => row.Passes).OrderByDescending(row => row.Induction).ToArray();
        var two = passing.Length >= 2 ? passing[..2] : [.. heads.OrderByDescending(row => row.Top1).Take(2).OrderByDescending(row => row.Induction)];
        return new(two[0].Head, two[1].Head, heads);
    }

    /// <summary>A statement's topic: where the gate fails, what is said is not informative on the model.</summary>
    public ReportTopic Topic(ReportTopic topic) => Informative ? topic : ReportTopic.NotInformative;

    /// <summary>The section's status; its statements only where a head copies.</summary>
    public ReportSection Mark(ReportSection section) => Informative ? section : Spoken(section) with { Status = ReportStatus.NotInformative, Reason = Reason + "." };

    /// <summary>The section without its statements where no head copies.</summary>
    public ReportSection Spoken(ReportSection section) => NoCopyingHead is null ? section : section with { Statements = [] };

    /// <summary>What the gate saw.</summary>
    public ReportTable Table(string id) => new(id, "What the gate saw: the heads of the last layer",
        [ReportColumn.Heads("head"), ReportColumn.Text("chosen"), ReportColumn.Number("induction"), ReportColumn.Share("top1"), ReportColumn.Text("passes")],
        [.. Heads.OrderByDescending(row => row.Induction).Select(row => (ReportValue[])[$"{row.Head}", row.Head == A ? "A" : row.Head == B ? "B" : "", row.Induction, row.Top1, row.Passes ? "yes" : "no"])])
    {
        Units = "Induction scores: means over sequences of repeated random tokens. Top-1: over all tokens, a census.",
        Note = Chosen + ".",
    };

    private GateRow Row(HeadIndex head) => Heads.First(row => row.Head == head);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
