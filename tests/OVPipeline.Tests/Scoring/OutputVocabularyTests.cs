using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Scoring;

/// <summary>Pipelines over a model whose outputs are not its tokens: a second key column, over the outputs.</summary>
public sealed class OutputVocabularyTests
{
    private static readonly HeadIndex Head = new(1, 2);
    private readonly MLContext _ml = new(seed: 1);

    [Theory, InlineData(1), InlineData(3), InlineData(100)]
    public void ScoreTopK_LabelsOfTheOutputs_AreScoredAgainstThemExactly(int outputs)
    {
        var model = OutputModel.Create(outputs);
        var data = _ml.Data.LoadVocabulary(model, "Label", token => OutputModel.LabelOf(token, outputs));
        var options = new TopKScoringEstimator.Options { K = 1, LabelColumnName = "Label", Probabilities = true };
        var scored = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, Head).Append(_ml.Transforms.ScoreTopK(options))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Named", "Label")).Fit(data).Transform(data);

        Assert.Equal(new KeyDataViewType(typeof(uint), outputs), scored.Schema["PredictedLabel"].Type);
        Assert.Equal(outputs, ((VectorDataViewType)scored.Schema["Score"].Type).Size);
        double[][] logits = OutputModel.Logits(scored.Schema["Circuit"].GetTokenCircuit());
        var rows = _ml.Data.CreateEnumerable<Row>(scored, reuseRowObject: false).ToArray();
        Assert.Equal(OutputModel.V, rows.Length);
        double reciprocal = 0, loss = 0;
        int labelled = 0;
        for (int token = 0; token < rows.Length; token++)
        {
            double[] row = logits[token];
            Assert.Equal(OutputModel.Name(Array.IndexOf(row, row.Max())), rows[token].Predicted);
            Assert.Equal(row.Select(logit => Math.Exp(logit) / row.Sum(Math.Exp)), rows[token].Score.Select(p => (double)p), Close);
            if (OutputModel.LabelOf(token, outputs) is not { } label)
            {
                Assert.Equal((float.NaN, ""), (rows[token].LabelRank, rows[token].Named ?? ""));
                continue;
            }
            Assert.Equal(((float)SmallModel.Rank(row, label), OutputModel.Name(label)), (rows[token].LabelRank, rows[token].Named));
            Assert.Equal(SmallModel.LogLoss(row, label), rows[token].LabelLogLoss, 1e-5);
            reciprocal += 1.0 / SmallModel.Rank(row, label);
            loss += SmallModel.LogLoss(row, label);
            labelled++;
        }
        var metrics = _ml.OVCircuits().Evaluate(scored);
        Assert.Equal((labelled, Math.Min(10, outputs)), (metrics.TokenCount, metrics.TopKAccuracyForAllK.Count));
        Assert.Equal(reciprocal / labelled, metrics.MeanReciprocalRank, 1e-9);
        Assert.Equal(loss / labelled, metrics.CrossEntropy, 1e-5);
        if (outputs == 3)
        {
            var theirs = _ml.MulticlassClassification.Evaluate(scored); // ML.NET's own, of the same columns
            Assert.Equal(metrics.Top1Accuracy, theirs.MicroAccuracy, 1e-9);
            Assert.Equal(metrics.LogLoss, theirs.LogLoss, 1e-5);
        }
        Assert.Equal(outputs > 1 ? SignalSeparation.FromAccuracy(metrics.Top1Accuracy, outputs) : null, metrics.SignalSeparation);
    }

    [Fact]
    public void Evaluate_NoLabelOverTheOutputs_SaysWhy()
    {
        var model = OutputModel.Create();
        var tokens = _ml.Data.LoadVocabulary(model);
        var estimator = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, Head).Append(_ml.Transforms.ScoreTopK(k: 3));
        var scored = estimator.Fit(tokens).Transform(tokens);
        string why = "1.2 maps 60 tokens to 3 outputs, which are not these tokens: copying is not defined. "
            + "Name a key column over its outputs as the label.";

        // What needs no label is there, in the schema that was promised.
        Assert.Null(scored.Schema.GetColumnOrNull("LabelRank"));
        Assert.DoesNotContain(estimator.GetOutputSchema(SchemaTests.SchemaShapeOf(tokens)), column => column.Name == "LabelRank");
        Assert.Equal(3, _ml.Data.CreateEnumerable<Tops>(scored, false).First().TopTokens.Length);
        Says(why, () => _ml.OVCircuits().Evaluate(scored));
        Says(why, () => _ml.OVCircuits().EvaluateCopying(scored, "x", CircuitKind.Head));
        Says(why, () => _ml.OVCircuits().FitTemperature(scored));
        var error = Assert.Throws<InvalidOperationException>(() => _ml.OVCircuits().FindCopyingHeads(model));
        Assert.Equal("atlas has 60 tokens and 3 outputs, which are not these tokens: copying is not defined.", error.Message);
    }

    [Fact]
    public void Fit_LabelOverAnotherVocabulary_SaysBoth()
    {
        var model = OutputModel.Create();
        var data = _ml.Transforms.CopyColumns("Label", "TokenId").Fit(_ml.Data.LoadVocabulary(model))
            .Transform(_ml.Data.LoadVocabulary(model));
        var estimator = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, Head)
            .Append(_ml.Transforms.ScoreTopK(k: 3, labelColumnName: "Label"));
        Says("The label column 'Label' must be Key<UInt32, 0-2>, a key over the 3 outputs, but is Key<UInt32, 0-59>.",
            () => estimator.Fit(data));
        Says("K must be in [1, 3], the circuit's outputs; was 5.",
            () => _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, Head).Append(_ml.Transforms.ScoreTopK()).Fit(data));
    }

    [Fact]
    public void EvaluateCopying_LabelsOfTheOutputs_HasNoCopyingScore()
    {
        var model = OutputModel.Create();
        var data = _ml.Data.LoadVocabulary(model, "Label", token => token % 3);
        var scored = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, Head)
            .Append(_ml.Transforms.ScoreTopK(k: 3, labelColumnName: "Label")).Fit(data).Transform(data);
        var row = _ml.OVCircuits().EvaluateCopying(scored, "head", CircuitKind.Head, labelColumnName: "Label");
        Assert.Null(row.CopyingScore);
        Assert.InRange(row.LogLossCalibrated!.Value, 0, Math.Log(3) + 1e-9);
        Assert.Equal(60, row.Tokens);
    }

    [Fact]
    public void ApplyTokenCircuit_OneVocabularyForTwo_SaysSo()
    {
        var model = OutputModel.Create();
        var circuit = TokenCircuit.OfHeads(model.Weights, Head);
        Says("The circuit has 3 outputs, the vocabulary of outputs holds 60.",
            () => _ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", circuit, model.Vocabulary));
        var tokens = _ml.Data.LoadVocabulary(model);
        var fitted = _ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", circuit, model.Vocabulary, model.OutputVocabulary).Fit(tokens);
        Assert.Same(model.OutputVocabulary, fitted.OutputVocabulary);
    }

    [Fact]
    public void LoadOutputVocabulary_AnyModel_MakesLabelsOfNames()
    {
        var model = OutputModel.Create();
        var outputs = _ml.Data.LoadOutputVocabulary(model);
        Assert.Equal(["class 0", "class 1", "class 2"], outputs.GetColumn<string>("Output"));
        Assert.Equal(new KeyDataViewType(typeof(uint), 3), outputs.Schema["OutputId"].Type);
        var named = _ml.Data.LoadFromEnumerable(new[] { new Text { Name = "class 2" }, new Text { Name = "none" } });
        var names = _ml.Transforms.SelectColumns("Output").Fit(outputs).Transform(outputs);
        var keys = _ml.Transforms.Conversion.MapValueToKey("Label", "Name", keyData: names).Fit(named).Transform(named);
        Assert.Equal(new KeyDataViewType(typeof(uint), 3), keys.Schema["Label"].Type);
        Assert.Equal([3u, 0u], keys.GetColumn<uint>("Label"));
        Assert.Equal(120, _ml.Data.LoadOutputVocabulary(SmallModel.Create()).GetColumn<uint>("OutputId").Count());
    }

    [Fact]
    public void LoadVocabulary_OutputThatIsNone_NamesTheToken() => Says("The output of token 3 must be in [0, 3), was 3.",
        () => _ml.Data.LoadVocabulary(OutputModel.Create(), "Label", token => token));

    private static void Says(string message, Action action) =>
        Assert.StartsWith(message, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);

    private static bool Close(double a, double b) => Math.Abs(a - b) <= 1e-5;

    private sealed class Row
    {
        public float LabelRank { get; set; }
        public double LabelLogLoss { get; set; }
        public float[] Score { get; set; } = [];
        public string Predicted { get; set; } = "";
        public string? Named { get; set; }
    }

    private sealed class Tops
    {
        public uint[] TopTokens { get; set; } = [];
    }

    private sealed class Text
    {
        public string Name { get; set; } = "";
    }
}
