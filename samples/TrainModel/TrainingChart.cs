using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TrainModel;

/// <summary>Draws a run's log, log.csv, as training.png beside it.</summary>
internal static class TrainingChart
{
    public static void Draw(string folder, string model)
    {
        string log = Path.Combine(folder, "log.csv");
        string[][] rows = File.Exists(log) ? [.. File.ReadAllLines(log).Select(line => line.Split(','))] : [];
        if (rows.Length < 3)
            return; // one point is no line
        double[] Column(string name) => [.. rows.Skip(1).Select(row => Number(row[Array.IndexOf(rows[0], name)]))];
        bool OfHead(string name, string prefix) =>
            name.StartsWith(prefix, StringComparison.Ordinal) && HeadIndex.TryParse(name[prefix.Length..], out _);
        double Place(string[] row, string prefix, int place) => rows[0]
            .Select((name, i) => OfHead(name, prefix) ? Number(row[i]) : double.NaN)
            .Where(double.IsFinite).OrderDescending().ElementAtOrDefault(place);
        double[] Best(string prefix, int place) => [.. rows.Skip(1).Select(row => Place(row, prefix, place))];
        double[] millions = [.. Column("tokens").Select(tokens => tokens / 1e6)];
        ChartSeries Line(string name, IEnumerable<double> values) => new(name, millions, [.. values]);
        IEnumerable<double> Percent(double[] shares) => shares.Select(share => 100 * share);
        TrainingPicture.Save(Path.Combine(folder, "training.png"), $"Training of {model}", "million tokens",
        [
            new("loss, nats a token", [Line("training", Column("train_loss")), Line("validation", Column("validation_loss"))]),
            new("mean attention, 0 to 1",
            [
                Line("induction, best head", Best("induction_", 0)),
                Line("induction, second", Best("induction_", 1)),
                Line("previous token, best head", Best("previous_token_", 0)),
            ]),
            new("tokens copied, %",
            [
                Line("best head", Percent(Best("top1_", 0))),
                Line("best pair", Percent(Column("best_pair_top1"))),
                Line("two best induction heads", Percent(Column("induction_pair_top1"))),
                Line("whole last layer", Percent(Column("layer_top1"))),
            ]),
        ]);
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;
}
