using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>A head atlas as heat maps: layer by head for each figure, earlier by later head for each kind of composition.</summary>
public static class AtlasPictures
{
    /// <summary>Saves a PNG for each figure that the atlas has.</summary>
    /// <returns>The files' paths.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static IReadOnlyList<string> Save(string folder, HeadAtlas atlas)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(atlas);
        List<string> files = [];
        string of = string.Create(CultureInfo.InvariantCulture, $"% of {atlas.Model.Vocabulary:N0} tokens");
        Heads("copying", "Tokens that a head copies: own logit highest", of, head => 100 * head.Copying.Top1, format: "0.0");
        Heads("suppression", "Tokens that a head suppresses: own logit lowest", of, head => 100 * head.Suppression.Top1, format: "0.0");
        Heads("copying-score", "Eigenvalue copying score of the OV circuit", "sum(λ) / sum(|λ|)", head => head.CopyingScore, highest: 1, signed: true);
        Heads("effective-rank", $"Effective rank of the OV circuit (of at most {atlas.Heads.Max(head => head.Rank)})", "participation ratio", head => head.ParticipationRatio, format: "0.0");
        Heads("matching", "Query tokens whose highest key is the token itself", of, head => 100 * head.QK?.QueryToKey.Top1, format: "0.0");
        Heads("matching-score", "Eigenvalue score of the QK circuit", "sum(λ) / sum(|λ|)", head => head.QK?.MatchingScore, highest: 1, signed: true);
        Heads("previous-position", "Attention to the previous position, by positions alone", "mean attention, %", head => 100 * head.Positional?.Previous, highest: 100, format: "0");
        Pairs("q-composition", "Q-composition", pair => pair.Q);
        Pairs("k-composition", "K-composition", pair => pair.K);
        Pairs("v-composition", "V-composition", pair => pair.V);
        return files;

        void Heads(string name, string title, string unit, Func<HeadProfile, double?> value, double? highest = null, bool signed = false, string format = "0.00;-0.00;0.00")
        {
            if (atlas.Heads.All(head => value(head) is null))
                return;
            Save(name, new HeatMap
            {
                Title = $"{title}\n{atlas.Model.Name}",
                Unit = unit,
                Rows = ("layer", Numbers(atlas.Model.Layers)),
                Columns = ("head", Numbers(atlas.Model.Heads)),
                Value = (layer, head) => value(atlas.Heads[layer * atlas.Model.Heads + head]),
                Highest = highest ?? atlas.Heads.Max(value) ?? 1,
                Signed = signed,
                Format = format,
            });
        }

        void Pairs(string name, string title, Func<HeadComposition, double?> value)
        {
            var scores = atlas.Compositions.Where(pair => value(pair) is not null).ToDictionary(pair => (pair.Earlier, pair.Later), pair => value(pair)!.Value);
            if (scores.Count == 0)
                return;
            double random = atlas.Baseline?.Mean ?? 0;
            HeadIndex[] earlier = [.. atlas.Compositions.Select(pair => pair.Earlier).Distinct().Order(HeadOrder)], later = [.. atlas.Compositions.Select(pair => pair.Later).Distinct()];
            Save(name, new HeatMap
            {
                Title = string.Create(CultureInfo.InvariantCulture, $"{title}, above that of random heads ({random:0.000})\n{atlas.Model.Name}"),
                Unit = "score above random",
                Rows = ("earlier head", Names(earlier)),
                Columns = ("later head", Names(later)),
                Value = (i, j) => scores.TryGetValue((earlier[i], later[j]), out double score) ? score - random : null,
                Highest = scores.Values.Max() - random, // below random is white
            });
        }

        void Save(string name, HeatMap map)
        {
            files.Add(Path.Combine(folder, name + ".png"));
            map.Save(files[^1]);
        }
    }

    private static Comparer<HeadIndex> HeadOrder { get; } = Comparer<HeadIndex>.Create((x, y) => (x.Layer, x.Head).CompareTo((y.Layer, y.Head)));

    private static string[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    private static string[] Names(HeadIndex[] heads) => [.. heads.Select(head => head.ToString())];
}
