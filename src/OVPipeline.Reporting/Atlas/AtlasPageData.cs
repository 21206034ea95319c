using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// An atlas as the data of its page. Figures, tokens and pairs are JSON; what there is of every pair of heads or every token and head is
/// little-endian bytes: single-precision scores and singular values, and 0-based ranks and ids of 2 bytes, or of 4 where 2 are too few.
/// </summary>
internal static class AtlasPageData
{
    /// <summary>Adds the data of an atlas to its page.</summary>
    public static void Add(OfflinePage page, HeadAtlas atlas, int maxBytes)
    {
        var config = atlas.Model;
        int rank = atlas.Heads.Max(head => head.SingularValues.Count);
        page.AddBytes("spectra", Bytes(atlas.Heads.SelectMany(head => Padded(head.SingularValues, rank))));
        List<string> kinds = [];
        if (atlas.Compositions.Count > 0)
        {
            AddPairs("Q", pair => pair.Q);
            AddPairs("K", pair => pair.K);
            AddPairs("V", pair => pair.V);
        }
        List<string> cut = [];
        int outputs = AddTokens(page, atlas, maxBytes, cut);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            Write(json, atlas, rank, kinds, outputs, cut);
        page.AddJson("data", Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));

        void AddPairs(string kind, Func<HeadComposition, double?> score)
        {
            if (atlas.Compositions.All(pair => score(pair) is null))
                return;
            var scores = new float[config.Heads * config.Heads * config.Layers * (config.Layers - 1) / 2];
            Array.Fill(scores, float.NaN);
            foreach (var pair in atlas.Compositions)
                scores[PlaceOf(config, pair.Earlier, pair.Later)] = (float)(score(pair) ?? double.NaN);
            page.AddBytes("composition-" + kind, Bytes(scores));
            kinds.Add(kind);
        }
    }

    /// <summary>How many planes, of a number for each token and head, so many bytes of a page hold.</summary>
    public static int PlanesThatFit(TransformerConfig model, double bytes) =>
        (int)Math.Min(bytes / BytesOfPlane(model), 1 + ScoringOptions.MaxTopK);

    /// <summary>Where a pair stands among all: by later head, then by earlier head, of which each layer has as many before it.</summary>
    private static int PlaceOf(TransformerConfig model, HeadIndex earlier, HeadIndex later)
    {
        int before = later.Layer * model.Heads; // heads that stand before this layer
        int start = (model.Heads * model.Heads * later.Layer * (later.Layer - 1) / 2) + (later.Head * before);
        return start + (earlier.Layer * model.Heads) + earlier.Head;
    }

    // Of each token and head first the rank of the own logit, then its highest outputs, as many as fit.
    private static int AddTokens(OfflinePage page, HeadAtlas atlas, int maxBytes, List<string> cut)
    {
        if (atlas.Tokens is not { } tokens)
        {
            cut.Add("What each head makes of each token was not computed.");
            return 0;
        }
        int vocabulary = tokens.Tokens.Count, kept = tokens.Heads[0].TopOutputs.Count / vocabulary;
        bool ranked = tokens.Heads[0].OwnRanks is not null;
        double megabytes = BytesOfPlane(atlas.Model) / 1e6, limit = maxBytes / 1e6;
        int planes = PlanesThatFit(atlas.Model, maxBytes * 0.98), outputs = Math.Clamp(planes - (ranked ? 1 : 0), 0, kept);
        if (ranked && planes < 1)
        {
            cut.Add(string.Create(CultureInfo.InvariantCulture,
                $"The rank of every token in every head would take {megabytes:N0} MB, and this page has at most {limit:N0} MB: ")
                + "token-ranks.csv has them.");
            ranked = false;
        }
        if (outputs < kept)
            cut.Add(string.Create(CultureInfo.InvariantCulture,
                $"Of the {kept} highest outputs of each token and head this page has {outputs}, as it has at most {limit:N0} MB: ")
                + "token-outputs.csv has all.");
        bool small = IsSmall(atlas.Model);
        for (int head = 0; head < tokens.Heads.Count; head++)
        {
            var of = tokens.Heads[head];
            if (ranked)
                page.AddBytes($"ranks-{head}", Bytes(of.OwnRanks!.Select(rank => rank - 1), small));
            if (outputs > 0)
                page.AddBytes($"outputs-{head}", Bytes(of.TopOutputs.Where((_, i) => i % kept < outputs), small));
        }
        return outputs;
    }

    private static void Write(Utf8JsonWriter json, HeadAtlas atlas, int rank, List<string> kinds, int outputs, List<string> cut)
    {
        var config = atlas.Model;
        json.WriteStartObject();
        String("name", config.Name);
        json.WriteNumber("layers", config.Layers);
        json.WriteNumber("heads", config.Heads);
        json.WriteNumber("dModel", config.DModel);
        json.WriteNumber("dHead", config.DHead);
        json.WriteNumber("vocabulary", config.Vocabulary);
        json.WriteNumber("outputVocabulary", config.OutputVocabulary);
        json.WriteNumber("spectrum", rank);
        json.WriteNumber("bytes", IsSmall(config) ? 2 : 4);
        json.WriteNumber("outputs", outputs);
        json.WriteBoolean("ranked", atlas.Tokens?.Heads[0].OwnRanks is not null && !cut.Any(IsOfRanks));
        String("noCopying", config.NoCopying);
        String("scale", ScaleMark.Sentence(atlas));
        Strings("notes", atlas.Notes);
        Strings("cut", cut);
        Strings("kinds", kinds);
        if (atlas.Baseline is { } baseline)
        {
            json.WriteStartObject("baseline");
            json.WriteNumber("mean", baseline.Mean);
            json.WriteNumber("deviation", baseline.StandardDeviation);
            json.WriteNumber("samples", baseline.Samples);
            json.WriteEndObject();
        }
        var table = AtlasTables.Of(atlas)[0];
        json.WriteStartArray("measures");
        foreach (var measure in AtlasMeasure.All)
            Measure(table, table.Columns.Index().Single(column => column.Item.Key == measure.Key).Index, measure);
        json.WriteEndArray();
        Lists("copied", head => head.TopCopied);
        Lists("suppressed", head => head.TopSuppressed);
        Pairs("keyPairs", atlas.KCompositions.Select(pair => (pair.Earlier, pair.Later, pair.Score,
            new[] { pair.QueryToKey.Top1, (double?)pair.KeyToQuery.Top1 })));
        Pairs("virtualHeads", atlas.VirtualHeads.Select(pair => (pair.Earlier, pair.Later, pair.Score,
            new[] { pair.Copying?.Top1, pair.CopyingScore })));
        if (atlas.Tokens is { } tokens)
        {
            Strings("tokens", tokens.Tokens.Tokens);
            if (config.NoCopying is not null)
                Strings("outputTokens", tokens.Outputs.Tokens);
        }
        json.WriteEndObject();

        void Measure(ReportTable of, int column, AtlasMeasure measure)
        {
            var shown = of.Columns[column];
            json.WriteStartObject();
            String("key", measure.Key);
            String("group", measure.Group);
            String("title", measure.Title);
            String("meaning", measure.Meaning);
            String("kind", shown.Kind.ToString());
            json.WriteNumber("digits", shown.Digits);
            String("scale", measure.Scale.ToString());
            json.WriteStartArray("values");
            foreach (var row in of.Rows)
                Number(row[column].Number);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        void Lists(string name, Func<HeadProfile, IReadOnlyList<AtlasToken>> list)
        {
            json.WriteStartArray(name);
            foreach (var head in atlas.Heads)
            {
                json.WriteStartArray();
                foreach (var token in list(head))
                {
                    json.WriteStartArray();
                    json.WriteNumberValue(token.Id);
                    json.WriteRawValue(PageText.Quote(token.Text), skipInputValidation: true);
                    json.WriteNumberValue(token.Rank);
                    Number(token.LogLoss);
                    json.WriteEndArray();
                }
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }

        void Pairs(string name, IEnumerable<(HeadIndex Earlier, HeadIndex Later, double Score, double?[] Figures)> pairs)
        {
            json.WriteStartArray(name);
            foreach (var (earlier, later, score, figures) in pairs)
            {
                json.WriteStartArray();
                json.WriteNumberValue((earlier.Layer * config.Heads) + earlier.Head);
                json.WriteNumberValue((later.Layer * config.Heads) + later.Head);
                Number(score);
                foreach (double? figure in figures)
                    Number(figure);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }

        void Strings(string name, IEnumerable<string> texts)
        {
            json.WriteStartArray(name);
            foreach (string text in texts)
                json.WriteRawValue(PageText.Quote(text), skipInputValidation: true);
            json.WriteEndArray();
        }

        void String(string name, string? text)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(text is null ? "null" : PageText.Quote(text), skipInputValidation: true);
        }

        void Number(double? number)
        {
            if (number is { } value && double.IsFinite(value))
                json.WriteNumberValue(value);
            else
                json.WriteNullValue();
        }
    }

    private static bool IsOfRanks(string sentence) => sentence.Contains("token-ranks.csv", StringComparison.Ordinal);

    private static bool IsSmall(TransformerConfig model) => Math.Max(model.Vocabulary, model.OutputVocabulary) <= 1 << 16;

    // As base64: 4 characters for 3 bytes.
    private static double BytesOfPlane(TransformerConfig model) =>
        4.0 / 3 * (IsSmall(model) ? 2 : 4) * model.Vocabulary * model.Layers * model.Heads;

    private static IEnumerable<float> Padded(IReadOnlyList<double> values, int count) =>
        Enumerable.Range(0, count).Select(i => i < values.Count ? (float)values[i] : float.NaN);

    private static byte[] Bytes(IEnumerable<float> values) => MemoryMarshal.AsBytes<float>(values.ToArray()).ToArray();

    private static byte[] Bytes(IEnumerable<int> values, bool small) => small
        ? MemoryMarshal.AsBytes<ushort>(values.Select(value => (ushort)value).ToArray()).ToArray()
        : MemoryMarshal.AsBytes<int>(values.ToArray()).ToArray();
}
