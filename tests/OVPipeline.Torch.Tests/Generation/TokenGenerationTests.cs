using OVPipeline.Core;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TokenGenerationTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60).Where(seed =>
        RandomTransformers.Draw(seed).Config is { Bidirectional: false, NoCopying: null })];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Generate_RandomKindOfModel_IsThePassWithoutTheCache(int seed)
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        using var model = Transformer.FromWeights(RandomTransformers.Draw(seed));
        List<int> tokens = [seed % 19, 5];
        using var pass = new CachedPass(model, RandomTransformers.Context);
        float[] cached = pass.Logits([.. tokens.Select(token => (long)token)]);
        foreach (int token in model.Generate([.. tokens], new() { MaxTokens = RandomTransformers.Context - 1 }))
        {
            float[] whole = Last(model, tokens);
            double size = 1 + whole.Max(Math.Abs);
            Assert.All(whole.Zip(cached), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * size));
            Assert.Equal(cached.AsSpan().IndexOf(cached.Max()), token);
            tokens.Add(token);
            if (tokens.Count <= RandomTransformers.Context)
                cached = pass.Logits([token]);
        }
        Assert.Equal(RandomTransformers.Context + 1, tokens.Count);
    }

    [Fact]
    public void Generate_ByTemperature_DrawsBySeedAndProbability()
    {
        using var model = TestModels.Random(TestModels.Config());
        int[] Drawn(long seed, double temperature, int? topK = null) => [.. model.Generate([3], new()
        {
            MaxTokens = 9,
            Temperature = temperature,
            TopK = topK,
            Seed = seed,
        })];
        Assert.Equal(Drawn(1, 1), Drawn(1, 1));
        Assert.Contains(Enumerable.Range(2, 8), seed => !Drawn(seed, 1).SequenceEqual(Drawn(1, 1)));
        Assert.Equal(model.Generate([3], new() { MaxTokens = 9 }), Drawn(4, 1, topK: 1));
        using var scope = torch.NewDisposeScope();
        float[] logits = Last(model, [3]);
        double[] shares = [.. logits.Select(logit => Math.Exp(logit / 0.7))];
        int[] first = [.. Enumerable.Range(0, 3000).Select(seed => new TokenChoice(new() { Temperature = 0.7, Seed = seed }).Of(logits))];
        for (int token = 0; token < logits.Length; token++)
            Assert.Equal(shares[token] / shares.Sum(), first.Count(one => one == token) / 3000.0, 0.03);
    }

    [Fact]
    public void Generate_StopToken_IsTheLastGiven()
    {
        using var model = TestModels.Random(TestModels.Config());
        int[] all = [.. model.Generate([3], new() { MaxTokens = 8 })];
        int stop = all[3];
        Assert.Equal(all[..(Array.IndexOf(all, stop) + 1)], model.Generate([3], new() { MaxTokens = 8, StopTokens = [stop] }));
    }

    [Fact]
    public void Generate_WhatCannotBe_SaysWhy()
    {
        using var model = TestModels.Random(TestModels.Config());
        using var both = TestModels.Random(TestModels.Config() with { Bidirectional = true });
        Refuses("At least", () => model.Generate([], null), "at least one token");
        Refuses("Context", () => model.Generate([1, 2, 3], new() { MaxTokens = 8 }), "3 tokens and 8 more are more than the 9 positions");
        Refuses("Both", () => both.Generate([1], new() { MaxTokens = 2 }), "both directions");
        Refuses("Temperature", () => model.Generate([1], new() { Temperature = -1 }), "at least 0, was -1");
        Refuses("TopK", () => model.Generate([1], new() { TopK = 0 }), "at least 1, was 0");
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Generate([99], new() { MaxTokens = 2 }).First());

        static void Refuses(string what, Func<IEnumerable<int>> generate, string reason) =>
            Assert.Contains(reason, Assert.ThrowsAny<ArgumentException>(generate).Message + what, StringComparison.Ordinal);
    }

    private static float[] Last(Transformer model, List<int> tokens)
    {
        using var scope = torch.NewDisposeScope();
        var logits = model.forward(TestModels.Batch([[.. tokens]]));
        return ModuleWeights.Values(logits.select(1, tokens.Count - 1));
    }
}
