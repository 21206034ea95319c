using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Catalogs;

public sealed class FitTemperatureTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Fact]
    public void FitTemperature_OtherColumns_FitsTheirLabelsUnderTheirCircuit()
    {
        double[][] logits = SmallModel.Logits(TokenCircuit.OfHeads(_model.Weights, new HeadIndex(0, 1)));
        int[] best = [.. logits.Select(row => Array.IndexOf(row, row.Max()))];
        var data = Extracted(Enumerable.Range(0, 120).Select(i => ((uint)i, (uint)best[i])));
        double Loss(double beta) => logits.Select((row, i) => SmallModel.LogLoss([.. row.Select(l => beta * l)], best[i])).Average();

        var fit = _ml.OVCircuits().FitTemperature(data, "Other", "Next");

        Assert.Equal(Loss(fit.InverseTemperature), fit.LogLoss, 1e-5);
        Assert.True(fit.LogLoss < Math.Log(120) - 1);
    }

    [Fact]
    public void FitTemperature_RowsWithoutALabel_AreLeftOut()
    {
        (uint, uint)[] labelled = [.. Enumerable.Range(0, 60).Select(i => ((uint)i, (uint)i))];
        var whole = Extracted(labelled.Concat(Enumerable.Range(60, 60).Select(i => ((uint)i, LabelledRows.Missing))));

        var fit = _ml.OVCircuits().FitTemperature(whole, "Circuit", "Next");

        Assert.Equal(_ml.OVCircuits().FitTemperature(Extracted(labelled), "Circuit", "Next"), fit);
    }

    [Fact]
    public void FitTemperature_OtherEngine_IsTheOneThatScores()
    {
        var engine = new RecordingEngine();

        _ml.OVCircuits().FitTemperature(Extracted([(1, 2), (3, 4)]), engine: engine);

        Assert.NotEmpty(engine.Asked);
    }

    [Theory]
    [InlineData(true, 0, 1, 2, 3, 4), InlineData(false, 0, 1, 2, 7, 4), InlineData(false, 5, 4, 3), InlineData(false, 1, 2)]
    public void FitTemperature_TokensInOrder_AreReadWhereTheyLie(bool isH, params int[] tokens)
    {
        var engine = new RecordingEngine(preferredRows: 120);
        var data = Extracted(tokens.Select(token => ((uint)token, (uint)token)));
        var h = data.Schema["Circuit"].GetTokenCircuit().H;

        _ml.OVCircuits().FitTemperature(data, engine: engine);

        var rows = engine.Rows[0].Span;
        Assert.Equal(tokens.SelectMany(token => h.Row(token).ToArray()), rows.ToArray());
        Assert.Equal(isH, Unsafe.AreSame(ref MemoryMarshal.GetReference(h.Values), ref MemoryMarshal.GetReference(rows)));
    }

    private IDataView Extracted(IEnumerable<(uint, uint)> rows)
    {
        var data = LabelledRows.Of(_ml, rows);
        return _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ExtractOVCircuit("Other", "TokenId", _model, new HeadIndex(0, 1)))
            .Fit(data).Transform(data);
    }
}
