using System.Globalization;
using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// Which two heads of one layer the behaviour experiments are about, and whether the model has what they ask for: two of a layer with an
/// induction score of 0.3 or more that copy materially.
/// </summary>
/// <param name="A">Of the two, the one with the higher induction score.</param>
/// <param name="B">The other.</param>
/// <param name="Heads">All heads of their layer.</param>
public sealed record Gate(HeadIndex A, HeadIndex B, IReadOnlyList<GateRow> Heads)
{
    /// <summary>That no head of the model copies, in words: nothing is then said of what heads that copy do. Null where one does.</summary>
    public string? NoCopyingHead { get; init; }

    /// <summary>Why copying is not defined in the model, so that the gate cannot be passed; null where it is.</summary>
    public string? NoCopying { get; init; }

    /// <summary>Why no induction scores were measured, so that the gate cannot be passed; null where they were.</summary>
    public string? NoInduction { get; init; }

    /// <summary>Whether the model has two such heads.</summary>
    [JsonIgnore]
    public bool Informative => NoCopying is null && NoCopyingHead is null && Heads.Count(row => row.Passes) >= 2;

    /// <summary>How A and B were chosen.</summary>
    [JsonIgnore]
    public string Chosen
    {
        get
        {
            if (NoCopying is not null)
                return $"A is head {A} and B head {B}: of layer {A.Layer}'s heads the two without which the loss rises most";
            string induction = Number(GateRow.LeastInduction), copying = Number(100 * GateRow.LeastCopying);
            string among = Informative
                ? $"of layer {A.Layer}'s heads with an induction score of at least {induction} that copy at least {copying} % of all "
                    + "tokens, the two with the highest scores"
                : $"of layer {A.Layer}'s heads the two that copy best alone";
            return $"A is head {A} and B head {B}: {among}";
        }
    }

    /// <summary>Why the experiments are not informative here, with the figures.</summary>
    [JsonIgnore]
    public string Reason
    {
        get
        {
            if (NoCopying is not null)
            {
                string rises = $"{Nats(A)} and {Nats(B)} nats where they write their means";
                return $"{NoCopying}; A and B are {A} and {B}, without which the loss rises most, by {rises}";
            }
            string induction = GateRow.LeastInduction.ToString(CultureInfo.InvariantCulture);
            string copying = (100 * GateRow.LeastCopying).ToString("0.#", CultureInfo.InvariantCulture);
            string asked = $"it takes two heads of a layer with an induction score of at least {induction} that each copy at least "
                + $"{copying} % of all tokens; ";
            if (NoInduction is not null)
                return $"{asked}induction scores were not measured: {NoInduction.TrimEnd('.')}. "
                    + $"A and B are {A} ({Share(Row(A))} %) and {B} ({Share(Row(B))} %), which copy best alone";
            var best = Heads.MaxBy(row => row.Induction)!;
            return $"{asked}layer {A.Layer} has {Heads.Count(row => row.Passes)}. "
                + $"Its highest induction score is {Score(best)} (head {best.Head}, which copies {Share(best)} %); "
                + $"A and B are {A} ({Score(Row(A))}, {Share(Row(A))} %) and {B} ({Score(Row(B))}, {Share(Row(B))} %)";

            string Nats(HeadIndex head) => Row(head).Cost!.Value.ToString("0.0000", CultureInfo.InvariantCulture);
            static string Score(GateRow row) => row.Induction.ToString("0.000", CultureInfo.InvariantCulture);
            static string Share(GateRow row) => (100 * row.Top1).ToString("0.0", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>
    /// Chooses two heads of one layer: the layer whose second passing head has the highest induction score; where no layer has two, that
    /// whose two best copiers copy most together by their sum. Of layers that are alike the last.
    /// </summary>
    /// <param name="heads">Heads of one layer or of several.</param>
    /// <exception cref="ArgumentException">No layer has two.</exception>
    public static Gate Of(IReadOnlyList<GateRow> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        GateRow[][] layers =
        [
            .. heads.GroupBy(row => row.Head.Layer).OrderByDescending(layer => layer.Key).Select(layer => layer.ToArray())
                .Where(layer => layer.Length >= 2),
        ];
        if (layers.Length == 0)
            throw new ArgumentException($"Two heads of one layer are needed; there are {heads.Count} heads.", nameof(heads));
        var passing = layers.Select(layer => layer.Where(row => row.Passes).OrderByDescending(row => row.Induction).ToArray())
            .Where(rows => rows.Length >= 2).MaxBy(rows => rows[1].Induction);
        var two = passing?[..2] ?? layers.Select(BestCopiers).MaxBy(rows => rows.Sum(row => row.Top1))!;
        return new(two[0].Head, two[1].Head, [.. heads.Where(row => row.Head.Layer == two[0].Head.Layer)]);
    }

    /// <summary>Chooses two heads of one layer where copying is not defined: those that cost most together, the costlier first.</summary>
    /// <param name="heads">Heads with their <see cref="GateRow.Cost"/>.</param>
    /// <param name="noCopying">Why copying is not defined.</param>
    internal static Gate Of(IReadOnlyList<GateRow> heads, string noCopying)
    {
        var two = heads.GroupBy(row => row.Head.Layer).Select(layer => layer.OrderByDescending(row => row.Cost).Take(2).ToArray())
            .Where(rows => rows.Length == 2).MaxBy(rows => rows.Sum(row => row.Cost))!;
        return new(two[0].Head, two[1].Head, [.. heads.Where(row => row.Head.Layer == two[0].Head.Layer)]) { NoCopying = noCopying };
    }

    // Of those the one with the higher induction score first, where there are such scores.
    private static GateRow[] BestCopiers(GateRow[] layer) =>
        [.. layer.OrderByDescending(row => row.Top1).Take(2).OrderByDescending(row => row.Induction)];

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
        if (NoCopying is not null)
            return Costs(id);
        ReportColumn[] columns =
        [
            ReportColumn.Heads("head"), ReportColumn.Text("chosen"), ReportColumn.Number("induction"), ReportColumn.Share("top1"),
            ReportColumn.Text("passes"),
        ];
        ReportValue[] Cells(GateRow row) =>
        [
            $"{row.Head}", NameOf(row.Head), NoInduction is null ? row.Induction : (double?)null, row.Top1, row.Passes ? "yes" : "no",
        ];
        return new(id, $"What the gate saw: the heads of layer {A.Layer}", columns,
            [.. Heads.OrderByDescending(row => row.Induction).Select(Cells)])
        {
            Units = (NoInduction is null ? "Induction scores: means over sequences of repeated random tokens. " : "")
                + "Top-1: over all tokens, a census.",
            Note = Chosen + ".",
        };
    }

    private ReportTable Costs(string id) => new(id, $"What the gate saw: the heads of layer {A.Layer}",
        [ReportColumn.Heads("head"), ReportColumn.Text("chosen"), ReportColumn.Number("rise of the loss without it", 4, "nats")],
        [.. Heads.OrderByDescending(row => row.Cost).Select(row => (ReportValue[])[$"{row.Head}", NameOf(row.Head), row.Cost])])
    {
        Units = "On training sequences, where a head writes its mean over them.",
        Note = Chosen + ".",
    };

    private string NameOf(HeadIndex head)
    {
        if (head == A)
            return "A";
        return head == B ? "B" : "";
    }

    private GateRow Row(HeadIndex head) => Heads.First(row => row.Head == head);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
