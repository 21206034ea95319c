using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// A row of a vocabulary with more than its id: another token to map it to, a weight, the tokens it is kept together with.
/// </summary>
public sealed class TokenRow
{
    /// <summary>The 0-based token.</summary>
    public uint TokenId { get; set; }

    /// <summary>The 0-based token it is to be mapped to.</summary>
    public uint Target { get; set; }

    /// <summary>Its weight in a fit.</summary>
    public float Weight { get; set; } = 1;

    /// <summary>What it has in common with its variants: the text without case and leading spaces.</summary>
    public string Group { get; set; } = "";

    /// <summary>Rows as data, both tokens as keys over the vocabulary.</summary>
    /// <param name="ml">The pipelines' context.</param>
    /// <param name="rows">The rows; they are read as the data is.</param>
    /// <param name="vocabulary">Tokens, V.</param>
    public static IDataView Load(MLContext ml, IEnumerable<TokenRow> rows, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(rows);
        var schema = SchemaDefinition.Create(typeof(TokenRow));
        schema[nameof(TokenId)].ColumnType = schema[nameof(Target)].ColumnType = new KeyDataViewType(typeof(uint), vocabulary);
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    /// <summary>A row for each token, mapped to itself, with its group.</summary>
    public static IReadOnlyList<TokenRow> Of(Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        static TokenRow Row(string token, int id) => new() { TokenId = (uint)id, Target = (uint)id, Group = TokenVariants.GroupOf(token) };
        return [.. vocabulary.Tokens.Select(Row)];
    }
}
