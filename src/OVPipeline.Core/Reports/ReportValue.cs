using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OVPipeline.Core;

/// <summary>A cell of a table: a text, a finite number, or nothing. A number that is not finite is nothing.</summary>
[JsonConverter(typeof(ReportValueConverter))]
public readonly record struct ReportValue
{
    private ReportValue(string? text, double? number)
    {
        Text = text;
        Number = number;
    }

    /// <summary>The text, or null.</summary>
    public string? Text { get; }

    /// <summary>The number, or null.</summary>
    public double? Number { get; }

    /// <summary>Whether there is neither: what was not measured or does not apply.</summary>
    public bool IsMissing => Text is null && Number is null;

    /// <summary>A cell of text.</summary>
    public static ReportValue Of(string? text) => new(text, null);

    /// <summary>A cell of a number.</summary>
    public static ReportValue Of(double? number) => new(null, number is { } value && double.IsFinite(value) ? value : null);

    /// <inheritdoc cref="Of(string)"/>
    public static implicit operator ReportValue(string? text) => Of(text);

    /// <inheritdoc cref="Of(double?)"/>
    public static implicit operator ReportValue(double? number) => Of(number);

    /// <inheritdoc cref="Of(double?)"/>
    public static implicit operator ReportValue(double number) => Of(number);

    /// <inheritdoc cref="Of(double?)"/>
    public static implicit operator ReportValue(int number) => Of(number);

    /// <inheritdoc cref="Of(double?)"/>
    public static implicit operator ReportValue(long number) => Of(number);

    /// <summary>The value as a CSV file has it: numbers in full, invariant.</summary>
    public override string ToString() => Text ?? Number?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private sealed class ReportValueConverter : JsonConverter<ReportValue>
    {
        public override bool HandleNull => true;

        public override ReportValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            return reader.TokenType switch
            {
                JsonTokenType.Null => default,
                JsonTokenType.Number => reader.GetDouble(),
                JsonTokenType.String => reader.GetString(),
                _ => throw new JsonException($"A cell is a text, a number or null, not {reader.TokenType}."),
            };
        }

        public override void Write(Utf8JsonWriter writer, ReportValue value, JsonSerializerOptions options)
        {
            if (value.Number is { } number)
                writer.WriteNumberValue(number);
            else
                writer.WriteStringValue(value.Text);
        }
    }
}
