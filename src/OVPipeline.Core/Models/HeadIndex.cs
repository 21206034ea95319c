using System.Globalization;

namespace OVPipeline.Core;

/// <summary>An attention head: its layer and its place in the layer, both 0-based. Written <c>1.4</c>.</summary>
public readonly record struct HeadIndex(int Layer, int Head)
{
    /// <summary>Reads <c>layer.head</c>, as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="FormatException">The text is not two non-negative numbers with a dot between them.</exception>
    public static HeadIndex Parse(string text) =>
        TryParse(text, out var head) ? head : throw new FormatException($"A head is written layer.head, such as 1.4; was '{text}'.");

    /// <summary>Reads <c>layer.head</c>; false where the text is something else.</summary>
    public static bool TryParse(string? text, out HeadIndex head)
    {
        head = default;
        if (text?.Split('.') is not [var layerText, var headText]
            || !int.TryParse(layerText, NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            || !int.TryParse(headText, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return false;
        head = new HeadIndex(layer, index);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Layer}.{Head}");
}
