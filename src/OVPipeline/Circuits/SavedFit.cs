using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// How a fit went, as JSON that anybody can read: all of <see cref="LowRankFit"/> and its options but the factors, which are entries of
/// their own or were only started from, and the engine.
/// </summary>
internal static class SavedFit
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(), new NoFactors() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOut } },
    };

    public static byte[] Of(LowRankFit fit) => JsonSerializer.SerializeToUtf8Bytes(fit, Json);

    /// <exception cref="FormatException">It is no such JSON.</exception>
    public static LowRankFit Read(byte[] bytes, FactoredMatrix residual)
    {
        try
        {
            var fit = JsonSerializer.Deserialize<LowRankFit>(bytes, Json) ?? throw new FormatException("It is null.");
            return fit with { Residual = residual };
        }
        catch (JsonException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static void LeaveOut(JsonTypeInfo type)
    {
        string[] left = [nameof(LowRankFit.Residual), nameof(LowRankFitOptions.InitialFactors), nameof(LowRankFitOptions.KnownFactors),
            nameof(LowRankFitOptions.Engine)];
        if (type.Type != typeof(LowRankFit) && type.Type != typeof(LowRankFitOptions))
            return;
        foreach (var property in type.Properties)
            if (left.Contains(property.Name, StringComparer.OrdinalIgnoreCase))
                property.ShouldSerialize = (_, _) => false;
    }

    // What is never written has a type all the same, and this one no JSON.
    private sealed class NoFactors : JsonConverter<FactoredMatrix>
    {
        public override FactoredMatrix? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new JsonException("Factors are not in this JSON.");

        public override void Write(Utf8JsonWriter writer, FactoredMatrix value, JsonSerializerOptions options) =>
            throw new NotSupportedException();
    }
}
