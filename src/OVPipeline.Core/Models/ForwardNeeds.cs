using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OVPipeline.Core;

/// <summary>
/// What a forward pass of a model has to do beyond the plainest one: an engine that does each of these runs the model, and one that lacks
/// any of them must not. Equal where the needs are.
/// </summary>
[JsonConverter(typeof(ForwardNeedsConverter))]
public sealed class ForwardNeeds : IReadOnlyList<ForwardNeed>, IEquatable<ForwardNeeds>
{
    private readonly ForwardNeed[] _needs;

    /// <summary>The needs, in the order in which they are told.</summary>
    public ForwardNeeds(IEnumerable<ForwardNeed> needs)
    {
        ArgumentNullException.ThrowIfNull(needs);
        _needs = [.. needs.Distinct()];
    }

    /// <summary>No needs: attention alone, with positions and norms that <see cref="TransformerConfig"/> tells.</summary>
    public static ForwardNeeds None { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _needs.Length;

    /// <inheritdoc/>
    public ForwardNeed this[int index] => _needs[index];

    /// <summary>Whether a feature is among them.</summary>
    public bool Contains(ForwardFeature feature) => Find(feature) is not null;

    /// <summary>The first need of a feature, or null.</summary>
    public ForwardNeed? Find(ForwardFeature feature) => Array.Find(_needs, need => need.Feature == feature);

    /// <inheritdoc/>
    public bool Equals(ForwardNeeds? other) => other is not null && _needs.AsSpan().SequenceEqual(other._needs);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ForwardNeeds);

    /// <inheritdoc/>
    public override int GetHashCode() => _needs.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public IEnumerator<ForwardNeed> GetEnumerator() => ((IEnumerable<ForwardNeed>)_needs).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _needs.GetEnumerator();

    /// <summary>All of them in words, with commas; empty for none.</summary>
    public override string ToString() => string.Join(", ", _needs.AsEnumerable());

    // Results that are kept hold their model's configuration.
    private sealed class ForwardNeedsConverter : JsonConverter<ForwardNeeds>
    {
        public override ForwardNeeds Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<ForwardNeed[]>(ref reader, options) ?? []);

        public override void Write(Utf8JsonWriter writer, ForwardNeeds value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value._needs, options);
    }
}
