using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>A head's OV circuit that is trained while all else is frozen.</summary>
/// <param name="Head">The head.</param>
/// <param name="Rank">How many of its value dimensions are trained, the first ones; null for all. The others stay as they are.</param>
public sealed record TrainedCircuit(HeadIndex Head, int? Rank = null)
{
    /// <summary>Reads <c>1.4</c> or, with a rank, <c>1.4:8</c>.</summary>
    /// <exception cref="FormatException">The text is neither.</exception>
    public static TrainedCircuit Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(':');
        if (parts.Length == 1)
            return new(HeadIndex.Parse(text));
        return parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int rank)
            ? new(HeadIndex.Parse(parts[0]), rank)
            : throw new FormatException(
                $"A circuit to train is written layer.head or layer.head:rank, such as 1.4 or 1.4:8; was '{text}'.");
    }

    /// <inheritdoc/>
    public override string ToString() => Rank is { } rank ? string.Create(CultureInfo.InvariantCulture, $"{Head}:{rank}") : Head.ToString();
}
