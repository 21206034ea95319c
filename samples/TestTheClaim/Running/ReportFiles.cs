using System.Text;
using OVPipeline.Checkpoints;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Writes a report's files: <c>report.html</c>, <c>results.json</c>, a CSV file for each table and a PNG file for each picture.</summary>
internal static class ReportFiles
{
    public static ReportDocument Write(
        TransformerCheckpoint model, RunOptions options, IReadOnlyList<ReportSection> found, TimeSpan elapsed)
    {
        string? offScale = ScaleMark.Sentence(model.Weights);
        ReportSection[] sections =
            [.. found.Select(section => section with { Tables = [.. section.Tables.Select(table => ScaleMark.Of(table, offScale))] })];
        var config = model.Weights.Config;
        var report = new ReportDocument
        {
            Title = $"Copying and rank in {config.Name}",
            Lead = "Can one attention head's rank carry the copying that a model splits over two, and if so, why is it split? Every sentence below was computed from the table it links to.",
            Facts =
            [
                new("Model", config.Name),
                new("Layers, heads", $"{config.Layers} of {config.Heads}"),
                new("d_model, d_head", $"{config.DModel}, {config.DHead}"),
                new("Vocabulary", $"{config.Vocabulary:N0}"),
                new("Capacity, 2 d_model d_head / V", $"{2.0 * config.DModel * config.DValue / config.Vocabulary:0.00} (the course's model: 1.96)"),
                new("Weights", model.Weights.Processing is { Count: > 0 } clauses ? string.Join(", ", clauses) : "as stored"),
                new("Seed", $"{options.Seed}"),
                new("Extent", options.Quick ? "quick: fewer ranks, seeds and repeats" : "full"),
            ],
            Sections = sections,
            Footer = [$"Made by OVPipeline {ExperimentRunner.CodeVersion} in {elapsed.TotalSeconds:0} s (parts that were kept from an earlier run take no time)."],
        };
        string html = HtmlReport.Write(report);
        foreach (var table in sections.SelectMany(section => section.Tables))
            Write(Path.Combine("tables", table.Id + ".csv"), Encoding.UTF8.GetBytes(table.ToCsv()));
        foreach (var picture in sections.SelectMany(section => section.Pictures))
            Write(Path.Combine("pictures", picture.Id + ".png"), picture.Png);
        Write("results.json", Encoding.UTF8.GetBytes(report.ToJson()));
        Write("report.html", Encoding.UTF8.GetBytes(html));
        return report;

        void Write(string name, byte[] bytes) => AtomicFile.Write(Path.Combine(options.Output, name), path => File.WriteAllBytes(path, bytes));
    }
}
