using Microsoft.ML.Tokenizers;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>The multilingual sample, and the ids that a reference implementation gave its lines.</summary>
internal static class Sample
{
    /// <summary>The lines, without line ends.</summary>
    public static IReadOnlyList<string> Lines { get; } = File.ReadAllText(Repository.Fixture("Tokenizers", "sample.txt")).Split('\n')[..^1];

    /// <summary>Encodes every line and compares with a file of reference ids.</summary>
    public static void AssertSameIds(Tokenizer tokenizer, params string[] reference)
    {
        string[] expected = File.ReadAllText(Repository.Fixture(["Tokenizers", .. reference])).Split('\n')[..^1];
        Assert.Equal(Lines.Count, expected.Length);
        Assert.All(Lines.Zip(expected), pair => Assert.Equal(pair.Second, string.Join(' ', tokenizer.EncodeToIds(pair.First))));
    }
}
