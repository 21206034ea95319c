using System.Globalization;

namespace OVPipeline.Core;

/// <summary>
/// An attention head: its layer and its place in the layer, both 0-based. Written <c>1.4</c> for people and <see cref="Label"/> for
/// programs.
/// </summary>
public readonly record struct HeadIndex(int Layer, int Head)
{
    /// <summary>
    /// The head as files have it that programs read, <c>L1H10</c>: <c>1.10</c> would be read as the number 1.1, and become the same as
    /// head 1.1.
    /// </summary>
    public string Label => string.Create(CultureInfo.InvariantCulture, $"L{Layer}H{Head}");

    /// <summary>Reads <c>1.10</c>, as <see cref="ToString"/> writes it, or <c>L1H10</c>, as <see cref="Label"/> does.</summary>
    /// <exception cref="FormatException">
    /// The text is neither: not two non-negative numbers with a dot between them, nor after L and H.
    /// </exception>
    public static HeadIndex Parse(string text) => TryParse(text, out var head)
        ? head
        : throw new FormatException($"A head is written layer.head, such as 1.4, or L1H4; was '{text}'.");

    /// <summary>Reads <c>1.10</c> or <c>L1H10</c>; false where the text is something else.</summary>
    public static bool TryParse(string? text, out HeadIndex head)
    {
        head = default;
        string[]? parts = text is ['L' or 'l', ..] ? text[1..].Split('H', 'h') : text?.Split('.');
        if (parts is not [var layerText, var headText]
            || !int.TryParse(layerText, NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            || !int.TryParse(headText, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return false;
        head = new HeadIndex(layer, index);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Layer}.{Head}");
}
