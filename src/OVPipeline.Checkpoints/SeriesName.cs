using System.Globalization;
using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>What the name of a checkpoint says of its place in a training.</summary>
/// <param name="Unit">What it counts; null where it is a bare number.</param>
/// <param name="Position">The number.</param>
internal readonly partial record struct SeriesName(SeriesUnit? Unit, long Position)
{
    // Above it a bare number counts tokens: no run had so many steps. TransformerLens tells Neel Nanda's checkpoints apart so.
    private const long MostSteps = 1_000_000_000;

    /// <summary>
    /// Reads a name: a word with a number after it, as <c>tokens-005M</c>, <c>step1000</c>, <c>checkpoint-500</c>, <c>epoch_3</c>, or else
    /// the number it ends in, as <c>model_20</c>. Null where it has none.
    /// </summary>
    /// <param name="name">A name without folder and extension, or a revision.</param>
    public static SeriesName? Of(string name)
    {
        var match = Worded().Match(name);
        if (!match.Success)
            match = Numbered().Match(name);
        if (!match.Success || !double.TryParse(match.Groups["number"].Value, CultureInfo.InvariantCulture, out double number))
            return null;
        double position = Math.Round(number * match.Groups["unit"].Value switch { "K" => 1e3, "M" => 1e6, "B" or "G" => 1e9, _ => 1 });
        SeriesUnit? unit = match.Groups["word"].Value.ToUpperInvariant() switch
        {
            "TOKEN" or "TOKENS" => SeriesUnit.Tokens,
            "EPOCH" or "EPOCHS" or "EP" => SeriesUnit.Epochs,
            "" => position > MostSteps ? SeriesUnit.Tokens : null,
            _ => SeriesUnit.Steps,
        };
        return position < long.MaxValue ? new(unit, (long)position) : null;
    }

    /// <summary>The same of a file's or folder's name, with its extension.</summary>
    public static SeriesName? OfFile(string file) => Of(Extension().Replace(Path.GetFileName(file), ""));

    /// <summary>A number with a unit, <c>5M</c> for 5,000,000; -1, which is no checkpoint's, where it is none.</summary>
    public static long Number(string text)
    {
        string digits = text.TrimEnd('K', 'M', 'B', 'G');
        double unit = text[digits.Length..] switch { "" => 1, "K" => 1e3, "M" => 1e6, "B" or "G" => 1e9, _ => double.NaN };
        return double.TryParse(digits, CultureInfo.InvariantCulture, out double number) && number * unit is >= 0 and < long.MaxValue
            ? (long)Math.Round(number * unit)
            : -1;
    }

    [GeneratedRegex(@"(^|[^a-z])(?<word>tokens?|steps?|iter|iters|ckpt|checkpoint|ep|epochs?)[-_ ]?(?<number>\d+(\.\d+)?)(?<unit>[KMGB]?)"
        + "([^a-z0-9]|$)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Worded();

    [GeneratedRegex(@"^(.*[^0-9.])?(?<number>\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Numbered();

    [GeneratedRegex(@"\.(safetensors|pth|pt|bin|onnx|gguf)$", RegexOptions.CultureInvariant)]
    private static partial Regex Extension();
}
