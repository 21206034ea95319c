using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// What the heads of a model attend to on one text, as one HTML page that needs nothing else: every head's pattern, and the tokens coloured
/// by how much a token attends to each, or is attended to.
/// </summary>
public static class AttentionPage
{
    /// <summary>How large a page may be by default: 40 MB.</summary>
    public const int DefaultBytes = AtlasPage.DefaultBytes;

    /// <summary>Writes the page; it is whole or not there.</summary>
    /// <param name="attention">The patterns.</param>
    /// <param name="path">The file, such as <c>attention.html</c>.</param>
    /// <param name="maxBytes">
    /// How large the page may be. Where it would be larger it has the first tokens alone, as many as fit, and says so.
    /// </param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Save(PromptAttention attention, string path, int maxBytes = DefaultBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string page = Write(attention, maxBytes);
        AtomicFile.Write(path, file => File.WriteAllText(file, page));
    }

    /// <summary>Writes all weights as CSV: head, query and key positions, the attention from the query to the key.</summary>
    /// <param name="attention">The patterns; keys after the query are left out where the model is causal.</param>
    /// <param name="path">The file, such as <c>attention.csv</c>.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void SaveCsv(PromptAttention attention, string path)
    {
        ArgumentNullException.ThrowIfNull(attention);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, file =>
        {
            using var writer = new StreamWriter(file);
            writer.Write("head,query,key,attention\r\n");
            foreach (var (head, pattern) in attention.Model.AllHeads.Zip(attention.Patterns))
                for (int query = 0; query < pattern.Rows; query++)
                    for (int key = 0; key < Keys(attention.Model, query, pattern.Rows); key++)
                        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{head.Label},{query},{key},{pattern[query, key]}\r\n"));
        });
    }

    /// <summary>The page as text.</summary>
    /// <inheritdoc cref="Save"/>
    public static string Write(PromptAttention attention, int maxBytes = DefaultBytes)
    {
        ArgumentNullException.ThrowIfNull(attention);
        var config = attention.Model;
        int shown = Shown(attention, maxBytes);
        var page = new OfflinePage($"Attention of {config.Name}", "attention");
        for (int head = 0; head < attention.Patterns.Count; head++)
            page.AddBytes($"pattern-{head}", MemoryMarshal.AsBytes<float>(Packed(config, attention.Patterns[head], shown)));
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("layers", config.Layers);
            json.WriteNumber("heads", config.Heads);
            json.WriteBoolean("causal", !config.Bidirectional);
            json.WriteNumber("read", attention.Ids.Count);
            json.WriteStartArray("ids");
            foreach (int id in attention.Ids.Take(shown))
                json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            foreach (string token in attention.Tokens.Take(shown))
                json.WriteRawValue(PageText.Quote(token), skipInputValidation: true);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        page.AddJson("data", Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
        return page.Write();
    }

    // The most tokens whose patterns fit: a causal pattern is its lower triangle, and base64 takes 4 characters for 3 bytes.
    private static int Shown(PromptAttention attention, int maxBytes)
    {
        double values = maxBytes * 0.98 * 3 / 4 / sizeof(float) / attention.Patterns.Count;
        int most = (int)(attention.Model.Bidirectional ? Math.Sqrt(values) : (Math.Sqrt(1 + (8 * values)) - 1) / 2);
        return Math.Clamp(most, 1, attention.Ids.Count);
    }

    private static float[] Packed(TransformerConfig model, Matrix pattern, int tokens) =>
        [.. Enumerable.Range(0, tokens).SelectMany(query =>
            Enumerable.Range(0, Keys(model, query, tokens)).Select(key => pattern[query, key]))];

    // How many keys, from the first on, a query can see.
    private static int Keys(TransformerConfig model, int query, int tokens) => model.Bidirectional ? tokens : query + 1;
}
