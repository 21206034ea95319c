using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Scoring;

/// <summary>What ML.NET asks of every cursor and filter, of ScoreTopK's.</summary>
public sealed class CursorContractTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _scored;

    public CursorContractTests() => _scored = SmallModel.Scored(_ml, SmallModel.Create(), 5, new HeadIndex(1, 0));

    [Theory]
    [InlineData("PredictedLabel"), InlineData("LabelRank"), InlineData("TopScores"), InlineData("TokenId"), InlineData("Circuit")]
    public void GetGetter_OutsideRows_Throws(string name)
    {
        using var cursor = _scored.GetRowCursor(_scored.Schema);
        var read = Reader(cursor, _scored.Schema[name]);

        var before = Assert.Throws<InvalidOperationException>(read);
        Assert.True(cursor.MoveNext());
        read();
        while (cursor.MoveNext())
            read();
        var after = Assert.Throws<InvalidOperationException>(read);

        Assert.All([before, after], error => Assert.Contains("only while the cursor is on a row", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void GetIdGetter_OutsideRows_Throws()
    {
        using var cursor = _scored.GetRowCursor(_scored.Schema);
        var getId = cursor.GetIdGetter();
        DataViewRowId id = default;

        Assert.Throws<InvalidOperationException>(() => getId(ref id));
        Assert.True(cursor.MoveNext());
        getId(ref id);
        while (cursor.MoveNext()) { }
        Assert.Throws<InvalidOperationException>(() => getId(ref id));
    }

    [Fact]
    public void FilterRowsByColumn_LabelRank_TakesTheRowsOfThoseRanks()
    {
        var top = _ml.Data.FilterRowsByColumn(_scored, "LabelRank", lowerBound: 1, upperBound: 6);
        float[] expected = [.. _scored.GetColumn<float>("LabelRank").Where(rank => rank <= 5)];
        Assert.Equal(expected, top.GetColumn<float>("LabelRank"));
        Assert.InRange(expected.Length, 1, 119);
    }

    [Fact]
    public void FilterRowsByMissingValues_LabelRank_LeavesOutRowsWithoutALabel()
    {
        var data = LabelledRows.Of(_ml, [(1, 1), (2, LabelledRows.Missing), (LabelledRows.Missing, 3)]);
        var scored = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", SmallModel.Create(), new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(labelColumnName: "Next")).Fit(data).Transform(data);
        Assert.Equal(3, scored.GetColumn<float>("LabelRank").Count());
        Assert.Single(_ml.Data.FilterRowsByMissingValues(scored, "LabelRank").GetColumn<float>("LabelRank"));
    }

    private static Action Reader(DataViewRow row, DataViewSchema.Column column)
    {
        return column.Type.RawType switch
        {
            var type when type == typeof(uint) => Of<uint>(),
            var type when type == typeof(float) => Of<float>(),
            _ => Of<VBuffer<float>>(),
        };

        Action Of<T>()
        {
            var getter = row.GetGetter<T>(column);
            T value = default!;
            return () => getter(ref value);
        }
    }
}
