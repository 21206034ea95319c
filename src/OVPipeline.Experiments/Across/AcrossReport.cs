using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// The report on several models, such as trainings that differ in their seed: every figure model by model with its mean, and of how many
/// models each sentence is said.
/// </summary>
public static class AcrossReport
{
    /// <summary>Id of the table of figures.</summary>
    public const string FiguresTable = "across-figures";

    /// <summary>Id of the table of what models have no figures of, where there is such.</summary>
    public const string MissingTable = "across-missing";

    /// <summary>Id of the table of sentences.</summary>
    public const string SentencesTable = "across-sentences";

    // As many as are told apart in a picture.
    private const int MostDots = 16;

    /// <summary>The report.</summary>
    /// <param name="models">
    /// What experiments found on each; two or more. Sentences are quoted as they are said of the first that has them.
    /// </param>
    /// <param name="facts">What is to be known of the models and of the run.</param>
    /// <param name="footer">How it was made, and other small print.</param>
    /// <exception cref="ArgumentException">There are fewer than two models, or two have one name.</exception>
    public static ReportDocument Of(
        IReadOnlyList<ModelOutcomes> models, IReadOnlyList<ReportNote>? facts = null, params IReadOnlyList<string> footer)
    {
        ArgumentNullException.ThrowIfNull(models);
        if (models.Count < 2)
            throw new ArgumentException($"Two or more models are compared; there is {models.Count}.", nameof(models));
        if (models.GroupBy(model => model.Model).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"Two models are called '{twice.Key}'.", nameof(models));
        AcrossRow[] rows = [.. AcrossFigures.All.Select(figure => figure.On(models)).Where(row => row.Known.Length > 0)];
        var figures = Figures(models, rows);
        return new()
        {
            Title = $"Copying and rank in {models.Count} models",
            Lead = "What of the answer holds for every training of a model, and what for one of them?",
            Verdict = AcrossVerdict.Of(models),
            Glossary = ClaimGlossary.Terms,
            Facts = [new("Models", string.Join(", ", models.Select(model => model.Model))), .. facts ?? []],
            Sections =
            [
                new()
                {
                    Id = "figures",
                    Title = "Every figure, model by model",
                    Question = "How much do the figures vary from one training to the next?",
                    Charts = [.. Charts(models, rows)],
                    Tables = Missing(models) is { } missing ? [figures, missing] : [figures],
                },
                Sentences(models, AcrossSentence.Of(models)),
            ],
            Footer = footer,
        };
    }

    private static ReportTable Figures(IReadOnlyList<ModelOutcomes> models, IReadOnlyList<AcrossRow> rows)
    {
        return new(FiguresTable, "Figures of every model",
            [
                ReportColumn.Text("figure"), ReportColumn.Text("unit"), ReportColumn.Number("mean", 3),
                ReportColumn.Number("from", 3, key: "mean_from"), ReportColumn.Number("to", 3, key: "mean_to"),
                ReportColumn.Count("models") with { Priority = 2 },
                .. models.Select((model, at) => ReportColumn.Number(model.Model, 3, key: $"model_{at + 1}") with { Priority = 1 }),
                ReportColumn.Text("experiment") with { Priority = 3 },
            ],
            [.. rows.Select(Cells)])
        {
            Units = "A model, a value. From and to: Student's 95 % interval of the mean over models, which says how much such a figure "
                + "varies from one training to the next.",
        };

        static ReportValue[] Cells(AcrossRow row)
        {
            var mean = row.Mean!.Value;
            return
            [
                row.Figure.Name, row.Figure.Unit, mean.Estimate, mean.Low, mean.High, row.Known.Length,
                .. row.Values.Select(value => (ReportValue)value), row.Figure.Experiment,
            ];
        }
    }

    // A picture for each unit: every figure as a dot for each model.
    private static IEnumerable<ReportChart> Charts(IReadOnlyList<ModelOutcomes> models, IReadOnlyList<AcrossRow> all)
    {
        foreach (var rows in all.GroupBy(row => row.Figure.Unit))
        {
            var shown = models.Count > MostDots ? [] : models.Index().Select(model => new ChartSeries(
                model.Item.Model, [], [.. rows.Select(row => row.Values[model.Index] ?? double.NaN)]));
            var mean = ShownIntervals.Series("mean over models", [], [.. rows.Select(row => row.Mean!.Value)]) with { Reference = true };
            string unit = rows.Key;
            yield return ReportChart.Dots($"across-{AcrossUnit.Id(unit)}", $"Figures in {unit}, a dot for each model",
                "The stroke is the mean over models, the line its 95 % interval (Student's t): how much such a figure varies from one "
                + "training to the next.", unit, [.. rows.Select(row => row.Figure.Name)], [.. shown, mean]);
        }
    }

    // What there is no figure of, and why: a model that lacks one is not left out without a word.
    private static ReportTable? Missing(IReadOnlyList<ModelOutcomes> models)
    {
        ReportValue[][] rows =
        [
            .. from model in models
               from outcome in model.Outcomes
               let section = outcome.ToSection()
               where section.Status != ReportStatus.Done
               group model.Model by (section.Title, Reason: section.Reason ?? "") into same
               orderby same.Key.Title
               select (ReportValue[])[string.Join(", ", same), same.Key.Title, same.Key.Reason],
        ];
        return rows.Length == 0 ? null : new(MissingTable, "What there are no figures of",
            [ReportColumn.Text("model"), ReportColumn.Text("experiment"), ReportColumn.Text("reason")], rows)
        {
            Units = "Means over models are of the others.",
        };
    }

    private static ReportSection Sentences(IReadOnlyList<ModelOutcomes> models, IReadOnlyList<AcrossSentence> sentences)
    {
        ReportValue[] Cells(AcrossSentence one) =>
        [
            one.Statement.Text, one.Count, one.Asked, string.Join(", ", models.Where((_, at) => one.Said[at]).Select(model => model.Model)),
            one.Experiment,
        ];
        var own = sentences.Where(one => one.Said[0]).ToArray();
        string first = models[0].Model;
        int all = own.Count(one => one.Count == models.Count), alone = own.Count(one => one.Count == 1);
        string counts = $"Of {own.Length} sentences that are said of {first}, {all} are said of all {models.Count} models, "
            + $"{own.Length - all - alone} of some, {alone} of it alone; {sentences.Count - own.Length} more are said of others only.";
        int fewer = own.Count(one => one.Asked < models.Count);
        if (fewer > 0)
            counts += $" {fewer} of them are of experiments that do not have figures of every model.";
        return new()
        {
            Id = "sentences",
            Title = "Every sentence, and of how many models it is said",
            Question = $"Which of the sentences that are said of {first} hold for all of them?",
            Statements = [new(ReportTopic.Found, counts, SentencesTable)],
            Tables =
            [
                new(SentencesTable, "Sentences",
                    [
                        ReportColumn.Text("sentence"), ReportColumn.Count("models"), ReportColumn.Count("of models"),
                        ReportColumn.Text("said of"),
                        ReportColumn.Text("experiment"),
                    ],
                    [.. sentences.OrderByDescending(one => one.Said[0]).ThenByDescending(one => one.Count).Select(Cells)])
                {
                    Units = "A sentence is the same where its words are; heads and figures are those of the first model that it is said "
                        + "of. Of models: those that its experiment has figures of.",
                },
            ],
        };
    }
}
