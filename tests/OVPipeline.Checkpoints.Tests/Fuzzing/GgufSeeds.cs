namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// GGUF files to mutate: a model of every family that tests write, a file of blocks of every type, and one with a tokenizer.
/// </summary>
internal static class GgufSeeds
{
    private static readonly IReadOnlyDictionary<string, byte[]> s_alone = new Dictionary<string, byte[]>();

    public static IEnumerable<FuzzSeed> All()
    {
        foreach (string name in GgufModels.Names)
            yield return new(FuzzKind.Model, $"gguf-{name}", "model.gguf", GgufModels.Of(name).Gguf.ToBytes(), s_alone);
        yield return new(FuzzKind.Model, "gguf-tokens", "model.gguf", WithTokens().ToBytes(), s_alone);
        yield return new(FuzzKind.Tensors, "gguf-blocks", "model.gguf", Blocks().ToBytes(), s_alone);
    }

    private static GgufFile WithTokens() => GgufModels.Of("llama").Gguf.Set("tokenizer.ggml.model", "gpt2")
        .Set("tokenizer.ggml.pre", "llama-bpe")
        .Set("tokenizer.ggml.tokens", new[] { "a", "b", "c", "Ġ", "Ġa", "ab", "abc", "<s>", "</s>", "!", "?" })
        .Set("tokenizer.ggml.token_type", new[] { 1, 1, 1, 1, 1, 1, 1, 3, 3, 1, 4 })
        .Set("tokenizer.ggml.scores", new[] { 0f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })
        .Set("tokenizer.ggml.merges", new[] { "Ġ a", "a b", "ab c" });

    private static GgufFile Blocks()
    {
        var gguf = new GgufFile();
        for (uint type = 0; type < 45; type++)
        {
            var of = GgufTypes.Of(type);
            if (of.BlockSize > 0)
                gguf.Add($"t{type}", type, [2, of.BlockLength], [.. Enumerable.Range(0, 2 * of.BlockSize).Select(i => (byte)(i % 50))]);
        }
        return gguf;
    }
}
