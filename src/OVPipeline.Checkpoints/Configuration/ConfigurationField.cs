using System.Globalization;
using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>What a field of config.json comes to here.</summary>
internal enum FieldUse
{
    /// <summary>It is read, and what it says is done.</summary>
    Honoured,

    /// <summary>It changes nothing that is computed here, whatever it says.</summary>
    Harmless,

    /// <summary>It changes what a forward pass computes. Weights are right without it.</summary>
    ChangesTheRun,

    /// <summary>It changes attention scores too: what is said of QK circuits is without it.</summary>
    ChangesScores,

    /// <summary>It puts logits at another scale too: what is said of log-losses and norms of OV circuits is without it.</summary>
    ChangesLogits,

    /// <summary>The same by a norm, of which <see cref="TransformerConfig.OtherNorm"/> tells.</summary>
    AddsANorm,
}

/// <summary>Whether a field changes nothing at a value, in its file and for its model.</summary>
internal delegate bool HarmlessAt(JsonElement value, ModelConfigFile file, TransformerConfig config);

/// <summary>A field of config.json, and the values at which it changes nothing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Use">What it comes to.</param>
/// <param name="HarmlessAt">The values that change nothing; null for none.</param>
/// <param name="Feature">What it asks of a forward pass at other values.</param>
internal sealed record ConfigurationField(string Name, FieldUse Use, HarmlessAt? HarmlessAt = null,
    ForwardFeature Feature = ForwardFeature.Other)
{
    /// <summary>The field and its value where it changes what is computed and is not followed here; else null.</summary>
    public string? NotCovered(ModelConfigFile file, TransformerConfig config)
    {
        if (Use is FieldUse.Honoured or FieldUse.Harmless)
            return null;
        if (file.Field(Name) is not { } value || HarmlessAt?.Invoke(value, file, config) == true)
            return null;
        bool number = value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble());
        string text = number ? value.GetDouble().ToString(CultureInfo.InvariantCulture) : JsonFile.TextOf(value);
        return $"{Name} {(text.Length <= 40 ? text : text[..40] + "...")}";
    }
}
