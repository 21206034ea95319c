using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>The report on the claim, of what experiments found on a model.</summary>
public static class ClaimReport
{
    /// <summary>The report: facts of the model and a section for each experiment.</summary>
    /// <param name="laboratory">The model.</param>
    /// <param name="outcomes">What became of each experiment, in order.</param>
    /// <param name="extent">How much was done, in a few words; null where it is not said.</param>
    /// <param name="footer">How it was made, and other small print.</param>
    public static ReportDocument Of(
        Laboratory laboratory, IEnumerable<ExperimentOutcome> outcomes, string? extent = null, params IReadOnlyList<string> footer)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        ArgumentNullException.ThrowIfNull(outcomes);
        ExperimentOutcome[] all = [.. outcomes];
        var weights = laboratory.Model.Weights;
        var config = weights.Config;
        string? offScale = ScaleMark.Sentence(weights);
        ReportSection Marked(ReportSection section) =>
            section with { Tables = [.. section.Tables.Select(table => ScaleMark.Of(table, offScale))] };
        return new()
        {
            Title = $"Copying and rank in {config.Name}",
            Lead = "Can one attention head's rank carry the copying that a model splits over two, and if so, why is it split?",
            Verdict = ClaimVerdict.Of([.. all.Select(outcome => outcome.Result).OfType<ExperimentResult>()]),
            Glossary = ClaimGlossary.Terms,
            Facts =
            [
                new("Model", config.Name),
                new("Layers, heads", $"{config.Layers} of {config.Heads}"),
                new("d_model, d_head", $"{config.DModel}, {config.DHead}"),
                new("Vocabulary", $"{config.Vocabulary:N0}"),
                new("Capacity, 2 d_model d_head / V",
                    $"{2.0 * config.DModel * config.DValue / config.Vocabulary:0.00} (the course's model: 1.96)"),
                new("Weights", weights.Processing is { Count: > 0 } clauses ? string.Join(", ", clauses) : "as stored"),
                new("Seed", $"{laboratory.Options.Seed}"),
                new("Instructions", CpuEngine.InstructionSet),
                .. extent is null ? Array.Empty<ReportNote>() : [new("Extent", extent)],
            ],
            Sections = [.. all.Select(outcome => Marked(outcome.ToSection()))],
            Footer = footer,
        };
    }
}
