using OVPipeline.Checkpoints;
using OVPipeline.Tests.Common;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>Models whose files do not say what they are run with nothing else said.</summary>
public sealed class KnownModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-known-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_CoursesModelAlone_RunsWithPositionsOfQueriesAndKeys()
    {
        string path = Path.Combine(_folder, "attn_only_2L_half.pth");
        TorchArchive.Write(path, TorchArchive.AttentionOnly(2, 12, 768, 64, 50278, 2048), stored: true);
        var weights = TransformerCheckpoint.LoadWeights(path, cancellationToken: TestContext.Current.CancellationToken);
        using var model = Transformer.FromWeights(weights);
        Assert.Equal(("shortformer", null), (model.Config.PositionalEmbedding, model.Config.Normalization));
        using var scope = torch.NewDisposeScope();
        var logits = model.forward(torch.tensor(new long[] { 1, 50277, 3 }).view(1, 3));
        Assert.Equal([1, 3, 50278], logits.shape);
    }

    [Theory]
    [InlineData(null, "standard")]
    [InlineData("shortformer", "shortformer")]
    public void FromWeights_NeelNandasConfiguration_HasAForwardPass(string? said, string positions)
    {
        string source = SharedFiles.PathOf("cases", "models", "neel-config");
        var weights = TransformerCheckpoint.LoadWeights(
            source, new() { Positions = said }, cancellationToken: TestContext.Current.CancellationToken);
        using var model = Transformer.FromWeights(weights);
        Assert.Equal((positions, "LN"), (model.Config.PositionalEmbedding, model.Config.Normalization));
        using var scope = torch.NewDisposeScope();
        Assert.Equal([1, 4, 24], model.forward(torch.tensor(new long[] { 1, 2, 3, 23 }).view(1, 4)).shape);
    }
}
