using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>A head atlas as heat maps: layer by head for each figure, earlier by later head for each kind of composition.</summary>
public static class AtlasPictures
{
    private const string Hundredths = "0.00;-0.00;0.00"; // no -0.00

    /// <summary>A picture of each figure that the atlas has.</summary>
    public static IReadOnlyList<ReportPicture> Of(HeadAtlas atlas)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        return [.. Maps(atlas).Select(map => map.Draw())];
    }

    /// <summary>What the pictures show, before they are drawn.</summary>
    internal static IReadOnlyList<HeatMap> Maps(HeadAtlas atlas)
    {
        string share = string.Create(CultureInfo.InvariantCulture, $"% of {atlas.Model.Vocabulary:N0} tokens");
        int rank = Math.Min(atlas.Heads.Max(head => head.Rank), Math.Min(atlas.Model.Vocabulary, atlas.Model.OutputVocabulary));
        const string Eigenvalues = "sum(λ) / sum(|λ|) over the circuit's eigenvalues: 1 where all are positive.";
        HeatMap?[] maps =
        [
            Heads("copying", "Tokens that a head copies",
                "Tokens whose own logit is the highest of its row of the full OV circuit.",
                share, head => 100 * head.Copying?.Top1),
            Heads("suppression", "Tokens that a head suppresses",
                "Tokens whose own logit is the lowest of its row of the full OV circuit.",
                share, head => 100 * head.Suppression?.Top1),
            Heads("copying-score", "Eigenvalue copying score of the OV circuit", Eigenvalues,
                "sum(λ) / sum(|λ|)", head => head.CopyingScore, highest: 1, signed: true, Hundredths),
            Heads("effective-rank", $"Effective rank of the OV circuit, of at most {rank}",
                "Participation ratio of the squared singular values.",
                "directions", head => head.ParticipationRatio),
            Heads("matching", "Tokens that a head matches",
                "Query tokens whose highest key in the full QK circuit is the token itself.",
                share, head => 100 * head.QK?.QueryToKey.Top1),
            Heads("matching-score", "Eigenvalue score of the QK circuit", Eigenvalues,
                "sum(λ) / sum(|λ|)", head => head.QK?.MatchingScore, highest: 1, signed: true, Hundredths),
            Heads("previous-position", "Attention to the previous position",
                "Mean of the sub-diagonal of the pattern of positions alone.",
                "%", head => 100 * head.Positional?.Previous, highest: 100),
            Pairs("q-composition", "Q-composition", pair => pair.Q),
            Pairs("k-composition", "K-composition", pair => pair.K),
            Pairs("v-composition", "V-composition", pair => pair.V),
        ];
        return [.. maps.OfType<HeatMap>()];

        HeatMap? Heads(
            string id, string title, string caption, string unit, Func<HeadProfile, double?> value,
            double? highest = null, bool signed = false, string format = "0.0")
        {
            if (atlas.Heads.All(head => value(head) is null))
                return null;
            return new HeatMap
            {
                Id = id,
                Title = $"{title}: {atlas.Model.Name}",
                Caption = caption,
                Unit = unit,
                Rows = ("layer", Numbers(atlas.Model.Layers)),
                Columns = ("head", Numbers(atlas.Model.Heads)),
                Value = (layer, head) => value(atlas.Heads[(layer * atlas.Model.Heads) + head]),
                Highest = highest ?? atlas.Heads.Max(value) ?? 1,
                Signed = signed,
                Format = format,
            };
        }

        HeatMap? Pairs(string id, string title, Func<HeadComposition, double?> value)
        {
            var scores = atlas.Compositions.Where(pair => value(pair) is not null)
                .ToDictionary(pair => (pair.Earlier, pair.Later), pair => value(pair)!.Value);
            if (scores.Count == 0)
                return null;
            double random = atlas.Baseline?.Mean ?? 0;
            HeadIndex[] earlier = InOrder(pair => pair.Earlier), later = InOrder(pair => pair.Later);
            return new HeatMap
            {
                Id = id,
                Title = $"{title} of earlier with later heads: {atlas.Model.Name}",
                Caption = string.Create(CultureInfo.InvariantCulture,
                    $"Composition scores less the mean of random heads, {random:0.0000}; what is below it is white."),
                Unit = "score above random",
                Rows = ("earlier head", Names(earlier)),
                Columns = ("later head", Names(later)),
                Value = (i, j) => scores.TryGetValue((earlier[i], later[j]), out double score) ? score - random : null,
                Highest = scores.Values.Max() - random,
                Format = Hundredths,
            };
        }

        HeadIndex[] InOrder(Func<HeadComposition, HeadIndex> head) =>
            [.. atlas.Compositions.Select(head).Distinct().OrderBy(index => index.Layer).ThenBy(index => index.Head)];
    }

    private static string[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    private static string[] Names(HeadIndex[] heads) => [.. heads.Select(head => head.ToString())];
}
