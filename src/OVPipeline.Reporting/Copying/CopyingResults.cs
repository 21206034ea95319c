using System.Text.Json;
using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>What <c>results.json</c> holds. Other programs read it: fields are added, never changed. Shares lie in [0, 1].</summary>
public sealed record CopyingResults(TransformerConfig Model, IReadOnlyList<CopyingRow> Rows, CopyingSeconds Seconds, SavedCopier Zip)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The file's text, in the stable layout of schema version 1.</summary>
    public string ToJson() => JsonSerializer.Serialize(new
    {
        SchemaVersion = 1,
        Model = new { Model.Name, Model.Vocabulary, Model.DModel, Model.DHead, Model.Heads, Model.Layers },
        Rows = Rows.Select(row => new
        {
            row.Name,
            row.Kind,
            Heads = row.Heads.Select(head => head.ToString()),
            row.Rank,
            Split = row.HeldOut ? "test" : "all",
            row.Tokens,
            row.Top1,
            row.Top5,
            row.Mrr,
            row.DPrime,
            row.LogLoss,
            row.LogLossCalibrated,
            row.CopyingScore,
        }),
        Seconds,
        Zip,
    }, Json);
}

/// <summary>Where the time of a run went, in seconds.</summary>
public sealed record CopyingSeconds(double Load, double Extract, double Fit, double Score, double Total);

/// <summary>The saved copier, and whether a new process scored the same with it, bit for bit.</summary>
public sealed record SavedCopier(string Path, long Bytes, bool ReloadedEqual);
