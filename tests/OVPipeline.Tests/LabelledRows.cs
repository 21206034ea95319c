using Microsoft.ML;
using Microsoft.ML.Data;

namespace OVPipeline.Tests;

/// <summary>Rows of a token and a label, both 0-based ids; an id past the vocabulary is a missing key.</summary>
internal static class LabelledRows
{
    public const uint Missing = 100_000;

    public static IDataView Of(MLContext ml, IEnumerable<(uint Token, uint Label)> rows, int vocabulary = 120)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        foreach (string name in new[] { nameof(Row.TokenId), nameof(Row.Next) })
            definition[name].ColumnType = new KeyDataViewType(typeof(uint), vocabulary);
        return ml.Data.LoadFromEnumerable(rows.Select(row => new Row { TokenId = row.Token, Next = row.Label }), definition);
    }

    internal sealed class Row
    {
        public uint TokenId { get; set; }

        public uint Next { get; set; }
    }
}
