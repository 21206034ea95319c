using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A model that was trained with a value rank.</summary>
/// <param name="ValueRank">Width of its heads' values.</param>
/// <param name="Seed">Seed of its first weights and of the order of the text.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="ValidationLoss">Loss on validation text in nats; NaN where there is none.</param>
/// <param name="CopyingHeads">Heads of the last layer that copy materially.</param>
/// <param name="InductionHeads">Heads of the last layer with an induction score that counts.</param>
/// <param name="BothHeads">Heads that are both.</param>
/// <param name="BestTop1">Top-1 share of the best head.</param>
/// <param name="LayerTop1">Top-1 share of the last layer.</param>
/// <param name="BestInduction">The highest induction score.</param>
/// <param name="EffectiveCopying">Over how many heads the copying is spread, <see cref="Effective"/> of their top-1 shares.</param>
/// <param name="EffectiveInduction">The same of their induction scores.</param>
internal sealed record ValueRankRow(int ValueRank, int Seed, long Tokens, double ValidationLoss, int CopyingHeads, int InductionHeads, int BothHeads, double BestTop1, double LayerTop1, double BestInduction, double EffectiveCopying, double EffectiveInduction)
{
    private const string Columns = "value_rank,seed,tokens,validation_loss,copying_heads,induction_heads,copying_induction_heads,best_top1,layer_top1,best_induction,effective_copying_heads,effective_induction_heads";
    private const string ShapeColumns = "layers,heads,d_model,d_head,vocabulary", Header = Columns + "," + ShapeColumns;

    /// <summary>The shape of the model; null where an older file does not say.</summary>
    public ValueRankShape? Shape { get; init; }

    /// <summary>The file of results in a folder.</summary>
    public static string FileIn(string folder) => Path.Combine(folder, "value-rank.csv");

    /// <summary>
    /// Over how many heads something is spread, <c>(sum x)² / sum x²</c>: n where n heads have it in equal parts. It has no threshold, and
    /// no unit.
    /// </summary>
    public static double Effective(IReadOnlyList<double> shares)
    {
        double sum = shares.Sum(share => Math.Max(0, share)), squares = shares.Sum(share => Math.Max(0, share) * Math.Max(0, share));
        return squares > 0 ? sum * sum / squares : 0;
    }

    /// <summary>Reads the results of a folder; none where there is no file.</summary>
    /// <exception cref="InvalidDataException">The file is no such file; the message names the line.</exception>
    public static IReadOnlyList<ValueRankRow> Read(string? folder)
    {
        if (folder is null || !File.Exists(FileIn(folder)))
            return [];
        string[] lines = File.ReadAllLines(FileIn(folder));
        bool shaped = lines.Length > 0 && lines[0] == Header;
        return shaped || (lines.Length > 0 && lines[0] == Columns) ? [.. lines.Skip(1).Where(line => line.Length > 0).Select((line, i) => Parse(line, i + 2))]
            : throw new InvalidDataException($"{FileIn(folder)} does not begin with the columns {Header}.");

        ValueRankRow Parse(string line, int number)
        {
            try
            {
                string[] fields = line.Split(',');
                return new(Int(fields[0]), Int(fields[1]), long.Parse(fields[2], CultureInfo.InvariantCulture), fields[3].Length == 0 ? double.NaN : Real(fields[3]), Int(fields[4]), Int(fields[5]), Int(fields[6]), Real(fields[7]), Real(fields[8]), Real(fields[9]), Real(fields[10]), Real(fields[11]))
                {
                    Shape = shaped ? new(Int(fields[12]), Int(fields[13]), Int(fields[14]), Int(fields[15]), Int(fields[16])) : null,
                };
            }
            catch (Exception e) when (e is FormatException or IndexOutOfRangeException or OverflowException)
            {
                throw new InvalidDataException($"{FileIn(folder!)}, line {number}: '{line}' is no row of results.", e);
            }
        }
    }

    /// <summary>Writes the results of a folder, by rank and seed: with shapes, where all have one.</summary>
    public static void Write(string folder, IEnumerable<ValueRankRow> rows)
    {
        ValueRankRow[] ordered = [.. rows.OrderBy(row => row.ValueRank).ThenBy(row => row.Seed)];
        bool shaped = ordered.All(row => row.Shape is not null);
        AtomicFile.Write(FileIn(folder), path => File.WriteAllLines(path, [shaped ? Header : Columns, .. ordered.Select(row => row.Text + (shaped ? row.ShapeText : ""))]));
    }

    private string Text => string.Create(CultureInfo.InvariantCulture,
        $"{ValueRank},{Seed},{Tokens},{(double.IsNaN(ValidationLoss) ? "" : ValidationLoss.ToString("0.0000", CultureInfo.InvariantCulture))},{CopyingHeads},{InductionHeads},{BothHeads},")
        + string.Create(CultureInfo.InvariantCulture, $"{BestTop1:0.00000},{LayerTop1:0.00000},{BestInduction:0.00000},{EffectiveCopying:0.000},{EffectiveInduction:0.000}");

    private string ShapeText => string.Create(CultureInfo.InvariantCulture, $",{Shape!.Layers},{Shape.Heads},{Shape.DModel},{Shape.DHead},{Shape.Vocabulary}");

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static double Real(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
