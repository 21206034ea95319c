using System.Text.Json;
using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// What <c>results.json</c> holds. Other programs read it: within a schema version fields are added, never changed. Shares lie in [0, 1].
/// </summary>
public sealed record CopyingResults(TransformerConfig Model, IReadOnlyList<CopyingRow> Rows, CopyingSeconds Seconds, SavedCopier Zip)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>
    /// Why log-losses are not at the model's scale (<see cref="ScaleMark.Sentence(TransformerWeights)"/>); null where they are.
    /// </summary>
    public string? OffScale { get; init; }

    /// <summary>The seed of fits and splits; null where none is known.</summary>
    public int? Seed { get; init; }

    /// <summary>The processor's instructions that copiers were fitted with (<see cref="LowRankFit.InstructionSet"/>).</summary>
    public string? InstructionSet { get; init; }

    /// <summary>
    /// The file's text, in the stable layout of schema version 2: figures have the names of <c>docs/figures.md</c>, heads are labels such
    /// as <c>L1H10</c>. (Version 1 had heads as 1.10, and figures as dPrime, logLoss, logLossCalibrated and copyingScore.)
    /// </summary>
    public string ToJson() => JsonSerializer.Serialize(new
    {
        SchemaVersion = 2,
        Model = new { Model.Name, Model.Vocabulary, Model.DModel, Model.DHead, Model.Heads, Model.Layers },
        at_model_scale = OffScale is null,
        off_scale = OffScale,
        Seed,
        instruction_set = InstructionSet,
        Rows = Rows.Select(row => new
        {
            name = HeadLabels.InName(row.Name),
            kind = row.Kind,
            heads = row.Heads.Select(head => head.Label),
            rank = row.Rank,
            split = row.HeldOut ? "test" : "all",
            tokens = row.Tokens,
            top1 = row.Top1,
            top5 = row.Top5,
            mrr = row.Mrr,
            d_prime = row.DPrime,
            log_loss = row.LogLoss,
            calibrated_log_loss = row.LogLossCalibrated,
            copying_score = row.CopyingScore,
        }),
        Seconds,
        Zip,
    }, Json);
}

/// <summary>Where the time of a run went, in seconds.</summary>
public sealed record CopyingSeconds(double Load, double Extract, double Fit, double Score, double Total);

/// <summary>The saved copier, and whether a new process scored the same with it, bit for bit.</summary>
public sealed record SavedCopier(string Path, long Bytes, bool ReloadedEqual);
