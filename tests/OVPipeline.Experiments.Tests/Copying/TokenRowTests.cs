using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class TokenRowTests
{
    [Fact]
    public void Of_CaseAndSpace_StayTogether()
    {
        var rows = TokenRow.Of(new Vocabulary(["the", "␣the", "␣The", "␣", "then"]));
        Assert.Equal(["the", "the", "the", "␣", "then"], rows.Select(row => row.Group));
    }

    [Fact]
    public void Load_Rows_HasBothTokensAsKeysOfTheVocabulary()
    {
        var rows = TokenRow.Of(new Vocabulary(["a", "b", "c"]));
        rows[0].Target = 2;
        var data = TokenRow.Load(new MLContext(1), rows, 3);
        foreach (string column in new[] { nameof(TokenRow.TokenId), nameof(TokenRow.Target) })
            Assert.Equal(new KeyDataViewType(typeof(uint), 3), data.Schema[column].Type);

        // Keys count from 1.
        Assert.Equal([3u, 2u, 3u], data.GetColumn<uint>(nameof(TokenRow.Target)));
    }
}
