using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// What the claim compares on one model: how many tokens its best head, its best pair, that pair cut to a head's rank and a trained pair
/// of that rank rank first.
/// </summary>
public sealed record ClaimFigures
{
    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Tokens, V.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>The head that copies most; null where there is none.</summary>
    public RankedShare? Head { get; init; }

    /// <summary>The sum of two heads that copies most; null where there is none.</summary>
    public RankedShare? Pair { get; init; }

    /// <summary>The same truncated to a head's rank; null where it was not.</summary>
    public RankedShare? Truncated { get; init; }

    /// <summary>A pair trained through the model's embeddings at a head's rank, on the tokens it was trained on; null for none.</summary>
    public RankedShare? Trained { get; init; }

    /// <summary>
    /// The same, trained without some of the tokens, on those: the mean over splits; null where none were kept out.
    /// </summary>
    public RankedShare? Unseen { get; init; }

    /// <summary>Those of the rows of a comparison.</summary>
    /// <param name="model">The model.</param>
    /// <param name="vocabulary">Its tokens, V.</param>
    /// <param name="rows">The circuits.</param>
    public static ClaimFigures Of(string model, int vocabulary, IReadOnlyList<CopyingRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Of(model, vocabulary,
            [.. rows.Select(row => (row.Kind, row.HeldOut, new RankedShare(row.Name, row.Rank, row.Top1, row.Top5)))]);
    }

    /// <summary>Those of a <c>results.json</c> (<see cref="CopyingResults.ToJson"/>).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileException">The file cannot be read, or is no such file.</exception>
    public static ClaimFigures Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] json = RegularFile.ReadAllBytes(path);
        try
        {
            using var results = JsonDocument.Parse(json);
            var model = results.RootElement.GetProperty("model");
            return Of(Text(model.GetProperty("name")), model.GetProperty("vocabulary").GetInt32(),
                [.. results.RootElement.GetProperty("rows").EnumerateArray().Select(Row)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException
            or FormatException)
        {
            throw new FileException(path, $"is no results.json of a comparison: {e.Message}", e);
        }
    }

    private static (CircuitKind, bool, RankedShare) Row(JsonElement row) =>
        (Enum.Parse<CircuitKind>(Text(row.GetProperty("kind")), ignoreCase: true),
         row.GetProperty("split").GetString() == "test",
         new(HeadLabels.ForPeople(Text(row.GetProperty("name"))), row.GetProperty("rank").GetInt32(),
             row.GetProperty("top1").GetDouble(), NumberOrNull(row.GetProperty("top5"))));

    private static string Text(JsonElement text) => text.GetString() ?? throw new FormatException("A name is null.");

    private static double? NumberOrNull(JsonElement number) => number.ValueKind == JsonValueKind.Null ? null : number.GetDouble();

    private static ClaimFigures Of(
        string model, int vocabulary, IReadOnlyList<(CircuitKind Kind, bool HeldOut, RankedShare Share)> rows)
    {
        var head = Best(CircuitKind.Head);
        var trained = Shares(CircuitKind.Trained).FirstOrDefault(share => share.Rank == head?.Rank);
        RankedShare[] unseen = [.. Shares(CircuitKind.Trained, heldOut: true).Where(share => share.Rank == trained?.Rank)];
        return new()
        {
            Model = model,
            Vocabulary = vocabulary,
            Head = head,
            Pair = Best(CircuitKind.Pair),
            Truncated = Best(CircuitKind.Truncated),
            Trained = trained,
            Unseen = trained is null || unseen.Length == 0
                ? null
                : trained with { Top1 = unseen.Average(share => share.Top1), Top5 = unseen.Average(share => share.Top5) },
        };

        RankedShare? Best(CircuitKind kind) => Shares(kind).MaxBy(share => share.Top1);

        IEnumerable<RankedShare> Shares(CircuitKind kind, bool heldOut = false) =>
            rows.Where(row => row.Kind == kind && row.HeldOut == heldOut).Select(row => row.Share);
    }
}

/// <summary>What a circuit copies.</summary>
/// <param name="Name">What tables call it, such as <c>heads 1.1 + 1.7</c>.</param>
/// <param name="Rank">Its rank.</param>
/// <param name="Top1">Share of tokens whose own logit ranks first, in [0, 1].</param>
/// <param name="Top5">Share of tokens whose own logit is among the first five, in [0, 1]; null where there are fewer outputs.</param>
public sealed record RankedShare(string Name, int Rank, double Top1, double? Top5);
