using System.Text.Json;
using System.Text.Json.Serialization;

namespace OVPipeline.Core;

/// <summary>Values of a chart as JSON, which has no NaN: null where there is none.</summary>
internal sealed class ChartNumbers : JsonConverter<IReadOnlyList<double>>
{
    public override IReadOnlyList<double> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        [.. JsonSerializer.Deserialize<double?[]>(ref reader, options)!.Select(value => value switch
        {
            null => double.NaN,
            { } finite when double.IsFinite(finite) => finite,
            _ => throw new JsonException("A chart holds a number that is too large."),
        })];

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<double> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.Select(one => double.IsFinite(one) ? one : (double?)null).ToArray(), options);
}
