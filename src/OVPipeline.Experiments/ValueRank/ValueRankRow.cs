using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A model that was trained with a value rank, and what its last layer came to.</summary>
public sealed record ValueRankRow
{
    private const string Columns = "value_rank,seed,tokens,validation_loss,copying_heads,induction_heads,copying_induction_heads,"
        + "best_top1,layer_top1,best_induction,effective_copying_heads,effective_induction_heads";
    private const string ShapeColumns = "layers,heads,d_model,d_head,vocabulary", Header = Columns + "," + ShapeColumns;

    /// <summary>Width of its heads' values.</summary>
    public required int ValueRank { get; init; }

    /// <summary>Seed of its first weights and of the order of the text.</summary>
    public required int Seed { get; init; }

    /// <summary>Tokens trained on.</summary>
    public required long Tokens { get; init; }

    /// <summary>Loss on validation text in nats; NaN where there is none.</summary>
    public required double ValidationLoss { get; init; }

    /// <summary>Heads of the last layer that copy materially.</summary>
    public required int CopyingHeads { get; init; }

    /// <summary>Heads of the last layer with an induction score that counts.</summary>
    public required int InductionHeads { get; init; }

    /// <summary>Heads that are both.</summary>
    public required int BothHeads { get; init; }

    /// <summary>Top-1 share of the best head of the last layer, in [0, 1].</summary>
    public required double BestTop1 { get; init; }

    /// <summary>Top-1 share of the last layer as a whole, in [0, 1].</summary>
    public required double LayerTop1 { get; init; }

    /// <summary>The highest induction score of the last layer.</summary>
    public required double BestInduction { get; init; }

    /// <summary>Over how many heads the copying is spread, <see cref="Effective"/> of their top-1 shares.</summary>
    public required double EffectiveCopying { get; init; }

    /// <summary>The same of their induction scores.</summary>
    public required double EffectiveInduction { get; init; }

    /// <summary>The shape of the model; null where an older file does not say.</summary>
    public ValueRankShape? Shape { get; init; }

    /// <summary>The file of results in a folder.</summary>
    public static string FileIn(string folder) => Path.Combine(folder, "value-rank.csv");

    /// <summary>
    /// Over how many heads something is spread, <c>(sum x)² / sum x²</c>: n where n heads have it in equal parts. It has no threshold, and
    /// no unit. What is below zero counts as zero; 0 where no head has any.
    /// </summary>
    public static double Effective(IReadOnlyList<double> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        double sum = shares.Sum(share => Math.Max(0, share));
        double squares = shares.Sum(share => Math.Max(0, share) * Math.Max(0, share));
        return squares > 0 ? sum * sum / squares : 0;
    }

    /// <summary>Reads the results of a folder; none where there is no file, or the folder is null.</summary>
    /// <exception cref="InvalidDataException">The file is no such file; the message names the line.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<ValueRankRow> Read(string? folder)
    {
        if (folder is null || !File.Exists(FileIn(folder)))
            return [];
        string[] lines = [.. RegularFile.ReadLines(FileIn(folder))];
        bool shaped = lines.Length > 0 && lines[0] == Header;
        if (!shaped && (lines.Length == 0 || lines[0] != Columns))
            throw new InvalidDataException($"{FileIn(folder)} does not begin with the columns {Header}.");
        return [.. lines.Skip(1).Where(line => line.Length > 0).Select((line, i) => Row(line, i + 2))];

        ValueRankRow Row(string line, int number)
        {
            try
            {
                return Parse(line.Split(','), shaped);
            }
            catch (Exception e) when (e is FormatException or IndexOutOfRangeException or OverflowException)
            {
                throw new InvalidDataException($"{FileIn(folder)}, line {number}: '{line}' is no row of results.", e);
            }
        }
    }

    /// <summary>Writes the results of a folder, by rank and seed: with shapes, where all have one.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static void Write(string folder, IEnumerable<ValueRankRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ValueRankRow[] ordered = [.. rows.OrderBy(row => row.ValueRank).ThenBy(row => row.Seed)];
        bool shaped = ordered.All(row => row.Shape is not null);
        string[] lines = [shaped ? Header : Columns, .. ordered.Select(row => row.Text + (shaped ? row.ShapeText : ""))];
        AtomicFile.Write(FileIn(folder), path => File.WriteAllLines(path, lines));
    }

    /// <summary>Results as a table, a row for each model in the order given.</summary>
    public static ReportTable Table(IEnumerable<ValueRankRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new("value-rank-runs", "Every model",
            [
                ReportColumn.Count("value rank"), ReportColumn.Count("seed"), ReportColumn.Count("tokens"),
                ReportColumn.Count("copying heads"), ReportColumn.Count("induction heads"),
                ReportColumn.Count("both", key: "copying_induction_heads"), ReportColumn.Share("best top1"),
                ReportColumn.Share("layer top1"), ReportColumn.Number("best induction"), ReportColumn.Number("validation loss", 3, "nats"),
            ],
            [.. rows.Select(run => (ReportValue[])
            [
                run.ValueRank, run.Seed, run.Tokens, run.CopyingHeads, run.InductionHeads, run.BothHeads, run.BestTop1, run.LayerTop1,
                run.BestInduction, run.ValidationLoss,
            ])])
        { Units = "One row for each training run." };
    }

    private string Text
    {
        get
        {
            string loss = double.IsNaN(ValidationLoss) ? "" : ValidationLoss.ToString("0.0000", CultureInfo.InvariantCulture);
            return string.Create(CultureInfo.InvariantCulture, $"{ValueRank},{Seed},{Tokens},{loss},")
                + string.Create(CultureInfo.InvariantCulture, $"{CopyingHeads},{InductionHeads},{BothHeads},")
                + string.Create(CultureInfo.InvariantCulture, $"{BestTop1:0.00000},{LayerTop1:0.00000},{BestInduction:0.00000},")
                + string.Create(CultureInfo.InvariantCulture, $"{EffectiveCopying:0.000},{EffectiveInduction:0.000}");
        }
    }

    private string ShapeText =>
        string.Create(CultureInfo.InvariantCulture, $",{Shape!.Layers},{Shape.Heads},{Shape.DModel},{Shape.DHead},{Shape.Vocabulary}");

    // In the order of the columns.
    private static ValueRankRow Parse(string[] fields, bool shaped) => new()
    {
        ValueRank = Int(fields[0]),
        Seed = Int(fields[1]),
        Tokens = long.Parse(fields[2], CultureInfo.InvariantCulture),
        ValidationLoss = fields[3].Length == 0 ? double.NaN : Real(fields[3]),
        CopyingHeads = Int(fields[4]),
        InductionHeads = Int(fields[5]),
        BothHeads = Int(fields[6]),
        BestTop1 = Real(fields[7]),
        LayerTop1 = Real(fields[8]),
        BestInduction = Real(fields[9]),
        EffectiveCopying = Real(fields[10]),
        EffectiveInduction = Real(fields[11]),
        Shape = shaped ? new(Int(fields[12]), Int(fields[13]), Int(fields[14]), Int(fields[15]), Int(fields[16])) : null,
    };

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static double Real(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
