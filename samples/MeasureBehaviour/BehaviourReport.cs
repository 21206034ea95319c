using System.Globalization;
using OVPipeline.Torch;
using Spectre.Console;

namespace OVPipeline.Samples.MeasureBehaviour;

/// <summary>What was measured, as a table and as sentences.</summary>
internal static class BehaviourReport
{
    /// <summary>The validation text, from the working folder or from where the program lies.</summary>
    public static string EmbeddedText => Path.Combine(ModelOptions.FindData("text") ?? Path.Combine("data", "text"), "validation.txt.gz");

    /// <summary>A row for each head.</summary>
    public static Table Table(HeadBehaviourRow[] rows)
    {
        bool ablated = rows.Any(row => row.Ablated);
        string[] headers = ["induction", "previous token", "previous, text", "copying top-1", "top-5", .. ablated ? new[] { "induction without" } : []];
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("head").NoWrap());
        foreach (string header in headers)
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var row in rows)
            table.AddRow([row.Ablated ? $"{row.Head} ablated" : row.Head, Score(row.InductionScore), Score(row.PreviousTokenScore), Score(row.PreviousTokenScoreOnText),
                Percent(row.CopyingTop1), Percent(row.CopyingTop5), .. ablated ? new[] { Score(row.InductionScoreWithout) } : []]);
        return table;
    }

    /// <summary>The figures of the whole model, each with what it is measured on.</summary>
    public static IEnumerable<string> Sentences(HeadBehaviourRow[] rows, BehaviourOptions options)
    {
        var row = rows[0];
        string heads = string.Join(", ", rows.Where(r => r.Ablated).Select(r => r.Head));
        if (!double.IsNaN(row.ValidationLoss))
            yield return $"Validation loss {Score(row.ValidationLoss)} nats a token{Without(Score(row.ValidationLossWithout))} ({Path.GetFileName(options.Text!.Path)}, at most {options.Windows} windows).";
        yield return $"Repeated random tokens: {Percent(row.RepeatAccuracy)} of the second half predicted{Without(Percent(row.RepeatAccuracyWithout))} ({options.Sequences} sequences).";
        if (!double.IsNaN(row.NameAccuracy))
            yield return $"Names that come again: surname predicted in {Percent(row.NameAccuracy)}{Without(Percent(row.NameAccuracyWithout))} (at most {options.NameSentences} sentences).";
        yield return "Induction and previous token: mean weight on repeated random tokens after a beginning-of-text token. Copying: share of the vocabulary, of the head's full OV circuit.";

        string Without(string figure) => heads.Length == 0 ? "" : $", without {heads} {figure}";
    }

    private static string Score(double value) => double.IsNaN(value) ? "-" : value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");
}
