using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Peers;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>
/// Small models of random weights, one of each of llama.cpp's families that run here, and a published one, against llama.cpp itself.
/// </summary>
public sealed class LlamaPeersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-peers-").FullName;

    public static TheoryData<string> Families => [.. PeerFamilies.All.Select(family => family.Name)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Families))]
    public void Outputs_OfFamily_AreLlamaCpps(string name)
    {
        SkipWithoutPeer();
        var result = LlamaComparison.Of(PeerFamilies.All.Single(family => family.Name == name), _folder);
        TestContext.Current.TestOutputHelper?.WriteLine($"{result}");
        Assert.InRange(result.PeerToDouble!.Value, 0, result.PeerToDoubleTolerance);
        Assert.InRange(result.Difference, 0, result.Tolerance);
        Assert.InRange(result.ToDouble!.Value, 0, PeerResult.SingleTolerance);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void Outputs_OfHalfPrecisionFile_AreLlamaCpps(string name)
    {
        SkipWithoutPeer();
        var result = LlamaComparison.Of(PeerFamilies.All.Single(family => family.Name == name), _folder, half: true);
        Assert.True(result.Agrees, $"{result}");
    }

    [Fact]
    public void GreedyText_OfPublishedLlama_IsLlamaCpps()
    {
        string source = SharedFiles.PathOf("models", "real", "stories260K");
        SkipWithoutPeer();
        var result = LlamaComparison.OfStories(source, _folder);
        Assert.InRange(result.Difference, 0, PeerResult.SingleTolerance);
    }

    [Fact]
    public void Families_AllThatAreKnownWithoutExperts_AreComparedOrSaidNotToBe()
    {
        // Mixtures of experts; what llama.cpp has no forward pass of (GPT-J); what has none here.
        string[] without =
        [
            "arctic", "dbrx", "deepseek", "gpt-oss", "gptj", "granitemoe", "olmoe", "phimoe", "qwen2moe", "qwen3moe",
        ];
        Assert.Equal(GgufFamilies(), PeerFamilies.All.Select(family => family.Architecture).Concat(without).Distinct().Order(
            StringComparer.Ordinal));
    }

    [Fact]
    public void Page_OfTheComparison_HasEveryModel()
    {
        string page = File.ReadAllText(Path.Combine(SharedFiles.Root, "docs", "running.md"));
        Assert.All(PeerFamilies.All, family => Assert.Contains($"| {family.Name} | ", page, StringComparison.Ordinal));
    }

    // As the message lists them of a file whose family is none of them.
    private IEnumerable<string> GgufFamilies()
    {
        string path = PeerGguf.Save(new("none", "none-of-them"), Path.Combine(_folder, "model.gguf"));
        string message = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(path)).Message;
        const string Known = "known are ";
        return message[(message.IndexOf(Known, StringComparison.Ordinal) + Known.Length)..].TrimEnd('.').Split(", ");
    }

    private static void SkipWithoutPeer()
    {
        Assert.SkipWhen(LlamaRuntime.Missing is not null, LlamaRuntime.Missing ?? "");
        NativeFiles.SkipWithoutBackend();
    }
}
