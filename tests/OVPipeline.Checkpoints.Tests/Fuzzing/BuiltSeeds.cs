using System.Text;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Small files to mutate that no fixture has: ONNX, and JSON as tools write it.</summary>
internal static class BuiltSeeds
{
    // config.json in the form of NeelNanda's models, with what Python writes for numbers that are not finite.
    private const string Neel = """
        {"n_layers": 1, "n_heads": 2, "d_model": 8, "d_head": 4, "n_ctx": 16, "d_vocab": 12, "attn_only": true, "normalization": "LN",
         "shortformer_pos": true, "eps": 1e-05, "init_range": NaN, "lr": Infinity, "x": [-Infinity, {"y": null}], "tokenizer_name": "a/b"}
        """;

    public static IEnumerable<FuzzSeed> All()
    {
        // What each exporter makes of BERT; without config.json its sizes come from the graph.
        (string Name, OnnxBuilder Model)[] exports =
        [
            ("numbered", OnnxBert.Numbered()), ("paths", OnnxBert.Paths()), ("kept", OnnxBert.Kept()), ("scopes", OnnxBert.Scopes()),
            ("fused", OnnxBert.Fused()),
        ];
        foreach (var (name, model) in exports)
        {
            yield return Of(FuzzKind.Tensors, $"{name}.onnx", model.ToArray());
            yield return Of(FuzzKind.Model, $"{name}-model.onnx", model.ToArray());
        }
        string[] texts = [Neel, "\uFEFF" + Neel, "{\"\\ud800\": [NaN, {\"NaN\": -Infinity}]}", "[[[[1e400, 0.1]]]]"];
        for (int i = 0; i < texts.Length; i++)
            yield return Of(FuzzKind.Json, $"text-{i}.json", Encoding.UTF8.GetBytes(texts[i]));
        yield return Of(FuzzKind.Json, "pointer.json", [.. "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"u8]);
    }

    private static FuzzSeed Of(FuzzKind kind, string file, byte[] bytes) =>
        new(kind, $"{kind}-{Path.GetFileNameWithoutExtension(file)}", file, bytes, new Dictionary<string, byte[]>());
}
