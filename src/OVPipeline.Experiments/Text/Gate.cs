using System.Globalization;
using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// Which two heads the behaviour experiments are about, and whether the model has what they ask for: two heads of the last layer with an
/// induction score of 0.3 or more that copy materially.
/// </summary>
/// <param name="A">Of the two, the one with the higher induction score.</param>
/// <param name="B">The other.</param>
/// <param name="Heads">All heads of the last layer.</param>
public sealed record Gate(HeadIndex A, HeadIndex B, IReadOnlyList<GateRow> Heads)
{
    /// <summary>That no head of the model copies, in words: nothing is then said of what heads that copy do. Null where one does.</summary>
    public string? NoCopyingHead { get; init; }

    /// <summary>Why there are no induction scores, in words: the rows then have 0. Null where there are.</summary>
    public string? NoInduction { get; init; }

    /// <summary>Whether the model has two such heads.</summary>
    [JsonIgnore]
    public bool Informative => NoCopyingHead is null && Heads.Count(row => row.Passes) >= 2;

    /// <summary>How A and B were chosen.</summary>
    [JsonIgnore]
    public string Chosen
    {
        get
        {
            string induction = Number(GateRow.LeastInduction), copying = Number(100 * GateRow.LeastCopying);
            string among = Informative
                ? $"of the last layer's heads with an induction score of at least {induction} that copy at least {copying} % of all "
                    + "tokens, the two with the highest scores"
                : "of the last layer's heads the two that copy best alone";
            return $"A is head {A} and B head {B}: {among}";
        }
    }

    /// <summary>Why the experiments are not informative here, with the figures.</summary>
    [JsonIgnore]
    public string Reason
    {
        get
        {
            var best = Heads.MaxBy(row => row.Induction)!;
            string induction = GateRow.LeastInduction.ToString(CultureInfo.InvariantCulture);
            string copying = (100 * GateRow.LeastCopying).ToString("0.#", CultureInfo.InvariantCulture);
            if (NoInduction is not null)
                return $"it takes two heads with an induction score of at least {induction}, and there are no induction scores "
                    + $"({NoInduction}): A and B are {A} ({Share(Row(A))} %) and {B} ({Share(Row(B))} %), the two heads of the last layer "
                    + "that copy best alone";
            return $"it takes two heads with an induction score of at least {induction} that each copy at least {copying} % of all tokens; "
                + $"the last layer has {Heads.Count(row => row.Passes)}. "
                + $"The highest induction score is {Score(best)} (head {best.Head}, which copies {Share(best)} %); "
                + $"A and B are {A} ({Score(Row(A))}, {Share(Row(A))} %) and {B} ({Score(Row(B))}, {Share(Row(B))} %)";

            static string Score(GateRow row) => row.Induction.ToString("0.000", CultureInfo.InvariantCulture);
            static string Share(GateRow row) => (100 * row.Top1).ToString("0.0", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Chooses among the heads of the last layer.</summary>
    /// <exception cref="ArgumentException">There are fewer than two.</exception>
    public static Gate Of(IReadOnlyList<GateRow> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        if (heads.Count < 2)
            throw new ArgumentException($"Two heads are needed, there is {heads.Count}.", nameof(heads));
        var passing = heads.Where(row => row.Passes).OrderByDescending(row => row.Induction).ToArray();
        GateRow[] two = passing.Length >= 2
            ? passing[..2]
            : [.. heads.OrderByDescending(row => row.Top1).Take(2).OrderByDescending(row => row.Induction)];
        return new(two[0].Head, two[1].Head, heads);
    }

    /// <summary>A statement's topic: where the gate fails, what is said is not informative on the model.</summary>
    internal ReportTopic Topic(ReportTopic topic) => Informative ? topic : ReportTopic.NotInformative;

    /// <summary>The section's status; its statements only where a head copies.</summary>
    internal ReportSection Mark(ReportSection section) =>
        Informative ? section : Spoken(section) with { Status = ReportStatus.NotInformative, Reason = Reason + "." };

    /// <summary>The section without its statements where no head copies.</summary>
    internal ReportSection Spoken(ReportSection section) => NoCopyingHead is null ? section : section with { Statements = [] };

    /// <summary>What the gate saw.</summary>
    internal ReportTable Table(string id)
    {
        ReportColumn[] columns =
        [
            ReportColumn.Heads("head"), ReportColumn.Text("chosen"), ReportColumn.Number("induction"), ReportColumn.Share("top1"),
            ReportColumn.Text("passes"),
        ];
        ReportValue[] Cells(GateRow row) =>
        [
            $"{row.Head}", NameOf(row.Head), NoInduction is null ? row.Induction : (double?)null, row.Top1, row.Passes ? "yes" : "no",
        ];
        return new(id, "What the gate saw: the heads of the last layer", columns,
            [.. Heads.OrderByDescending(row => row.Induction).Select(Cells)])
        {
            Units = "Induction scores: means over sequences of repeated random tokens. Top-1: over all tokens, a census.",
            Note = Chosen + ".",
        };
    }

    private string NameOf(HeadIndex head)
    {
        if (head == A)
            return "A";
        return head == B ? "B" : "";
    }

    private GateRow Row(HeadIndex head) => Heads.First(row => row.Head == head);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
