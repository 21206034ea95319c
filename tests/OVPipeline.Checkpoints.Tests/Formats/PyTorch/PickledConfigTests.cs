using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class PickledConfigTests
{
    [Fact]
    public void Find_ArgumentsOfTraining_LeavesOffWhatMeansSomethingElseThere()
    {
        var config = PickledConfig.Find(
            "f.pth", Of(("args", Of(("n_layers", 2L), ("n_heads", 3L), ("eps", 1e-8), ("model_type", "mine")))))!;

        Assert.Equal(("f.pth (args)", 2, 3), (config.Path, config.Size("n_layers"), config.Size("n_heads")));
        Assert.False(config.Names("eps"));
        Assert.Null(config.ModelType);
    }

    [Fact]
    public void Find_SettingsOfTheModel_KeepsThem()
    {
        var config = PickledConfig.Find(
            "f.pth", Of(("config", Of(("n_layers", 2L), ("n_heads", 3L), ("eps", 1e-3), ("normalization_type", "LN")))))!;

        Assert.Equal(1e-3, config.Number("eps"));
    }

    [Fact]
    public void Find_SeveralSettings_TakesThoseOfTheModelFirst() => Assert.Equal("f.pth (model_args)", PickledConfig.Find("f.pth",
        Of(("config", Of(("n_layer", 7L), ("n_head", 3L))), ("model_args", Of(("n_layer", 2L), ("n_head", 3L)))))!.Path);

    [Fact]
    public void Find_SettingsWithoutSizes_IsNone() =>
        Assert.Null(PickledConfig.Find("f.pth", Of(("config", Of(("n_layer", 7L), ("lr", 0.1))))));

    private static PickleDictionary Of(params (string, object?)[] items)
    {
        var dictionary = new PickleDictionary();
        foreach (var (key, value) in items)
            dictionary.Items.Add((key, value));
        return dictionary;
    }
}
