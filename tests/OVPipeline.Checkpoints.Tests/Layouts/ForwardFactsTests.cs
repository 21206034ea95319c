using OVPipeline.Forward.Tests;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>What layouts tell of a forward pass is enough for one, and the right one: logits are those of PyTorch.</summary>
public sealed class ForwardFactsTests : IDisposable
{
    // PyTorch and these loops both compute in double precision from the same single weights; sqrt(d_model) of Gemma's W_E is a single.
    private const double Tolerance = 1e-6;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Cases => new(ForwardCase.Names);

    [Theory, MemberData(nameof(Cases))]
    public void Load_ModelOfAFamily_TellsAllThatItsLogitsNeed(string name)
    {
        var model = ForwardCase.Open(name);
        var weights = model.Load(_folder.Path);
        Assert.Null(weights.Config.NotRun);
        var plain = new PlainTransformer(weights);
        double difference = model.Difference([.. model.Tokens.Select(plain.Run)]);
        Assert.True(difference < Tolerance, $"{name}: {difference:g3}");
    }
}
