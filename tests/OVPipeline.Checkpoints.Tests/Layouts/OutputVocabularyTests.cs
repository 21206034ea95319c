using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Models of 7 tokens and another number of outputs. Their weights are held by <see cref="LayoutTests"/>.</summary>
public sealed class OutputVocabularyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2, null), InlineData(9, null), InlineData(1, null), InlineData(7, null)]
    [InlineData(2, """{"d_vocab_out":2}"""), InlineData(9, """{"d_vocab":7,"d_vocab_out":9}""")]
    [InlineData(2, """{"d_vocab":7}"""), InlineData(2, """{"d_vocab":-1,"d_vocab_out":-1}"""), InlineData(2, """{"d_vocab_out":null}""")]
    public void Load_OutputsOfWU_AreTheOutputVocabulary(int outputs, string? config)
    {
        var model = Load(outputs, config);

        Assert.Equal((7, outputs), (model.Weights.Config.Vocabulary, model.Weights.Config.OutputVocabulary));
        Assert.Equal((7, outputs), (model.Vocabulary.Count, model.OutputVocabulary.Count));
        Assert.Equal((4, outputs), (model.Weights.W_U.Rows, model.Weights.W_U.Columns));
        var circuit = TokenCircuit.OfHeads(model.Weights, new HeadIndex(1, 1));
        Assert.Equal((7, outputs), (circuit.Logits.Rows, circuit.Logits.Columns));
    }

    [Theory]
    [InlineData(2, """{"d_vocab_out":7}""", "[4, 2]", "[4, 7]"), InlineData(7, """{"d_vocab_out":2}""", "[4, 7]", "[4, 2]")]
    [InlineData(2, """{"d_vocab_out":2147483647}""", "[4, 2]", "[4, 2147483647]")]
    public void Load_ConfigurationSaysOtherwise_NamesWU(int outputs, string config, string found, string said)
    {
        var error = Assert.Throws<CheckpointException>(() => Load(outputs, config));
        Assert.Equal("unembed.W_U", error.Entry);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TransposedUnembedding_IsNoOutputVocabulary()
    {
        Write([7, 4], null);
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.Path));
        Assert.Contains("[7, 4], but the other tensors make it [4, 7]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OutputVocabulary_OutputsAreTokens_IsTheVocabularyItself()
    {
        var model = Load(7, """{"id2label":{"0":"a","1":"b","2":"c","3":"d","4":"e","5":"f","6":"g"}}""");
        Assert.Same(model.Vocabulary, model.OutputVocabulary);
        Assert.Null(model.Weights.Config.NoCopying);
    }

    [Theory]
    [InlineData(null, "<output 0>", "<output 1>")]
    [InlineData("""{"0":"not it","1":"it"}""", "not␣it", "it")]
    [InlineData("""{"1":"LABEL_1","0":"LABEL_0"}""", "LABEL_0", "LABEL_1")]
    [InlineData("""{"0":"same","1":"same"}""", "same", "same#1")]
    [InlineData("""{"0":"","1":"\u0007"}""", "<empty>", "\\u0007")]
    [InlineData("""{"0":"a","1":"b","2":"c"}""", "a", "b")]
    [InlineData("""{"0":"a"}""", "<output 0>", "<output 1>")]
    [InlineData("""{"0":"a","1":1}""", "<output 0>", "<output 1>")]
    [InlineData("""{"0":"a","1":"\ud800"}""", "<output 0>", "<output 1>")]
    [InlineData("""{"0":"a","-1":"b","99999999999":"c","x":"d"}""", "<output 0>", "<output 1>")]
    [InlineData("""["a","b"]""", "<output 0>", "<output 1>")]
    public void OutputVocabulary_OfClasses_HasTheirNames(string? labels, string first, string second)
    {
        string more = labels is null ? "" : $$""","id2label":{{labels}}""";
        Assert.Equal([first, second], Load(2, $$"""{"d_vocab_out":2{{more}}}""").OutputVocabulary.Tokens);
    }

    [Fact]
    public void OutputVocabulary_OfParts_IsCheckedAndKept()
    {
        var weights = Load(2, null).Weights;
        var tokens = new Vocabulary(["a", "b", "c", "d", "e", "f", "g"]);
        Assert.Equal(["<output 0>", "<output 1>"], new TransformerCheckpoint(weights, tokens).OutputVocabulary.Tokens);
        var named = new TransformerCheckpoint(weights, tokens) { OutputVocabulary = new(["no", "yes"]) };
        Assert.Equal(["no", "yes"], named.WithWeights(weights).OutputVocabulary.Tokens);
        var error = Assert.Throws<ArgumentException>(() => new TransformerCheckpoint(weights, tokens) { OutputVocabulary = tokens });
        Assert.Contains("2 columns in W_U, the vocabulary holds 7 outputs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoCopying_OutputsAreNoTokens_SaysSo()
    {
        var config = Load(2, """{"name":"tiny"}""").Weights.Config;
        Assert.Equal("tiny has 7 tokens and 2 outputs, which are not these tokens: copying is not defined.", config.NoCopying);
        Assert.Equal(config.NoCopying, Assert.Throws<InvalidOperationException>(config.RequireCopying).Message);
    }

    private TransformerCheckpoint Load(int outputs, string? config)
    {
        Write([4, outputs], config);
        return TransformerCheckpoint.Load(_folder.Path);
    }

    private void Write(long[] unembedding, string? config)
    {
        List<SafetensorsTensor> tensors = [.. TinyModel.Tensors().Where(tensor => tensor.Name != "unembed.W_U")];
        float[] values = [.. Enumerable.Range(0, (int)(unembedding[0] * unembedding[1])).Select(i => MathF.Cos(i))];
        tensors.Add(new("unembed.W_U", unembedding, values));
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), tensors);
        if (config is not null)
            File.WriteAllText(_folder.PathOf("config.json"), config);
    }
}
