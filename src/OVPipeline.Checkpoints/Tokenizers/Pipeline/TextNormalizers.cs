using System.Text;
using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>The normalizers of tokenizer.json.</summary>
internal static class TextNormalizers
{
    /// <summary>Longest text that a step may put in place of another: with it, no file makes text grow without bound.</summary>
    private const int LongestContent = 64;

    /// <summary>The steps of the member <c>normalizer</c>, in order, or null where one is of a kind not known here.</summary>
    /// <exception cref="CheckpointException">A step's settings are wrong.</exception>
    public static IReadOnlyList<Func<string, string>>? Parse(JsonField? field)
    {
        var steps = new List<Func<string, string>>();
        return field is null || TryAdd(field.Value, steps) ? steps : null;
    }

    /// <summary>A text after all steps.</summary>
    /// <exception cref="InvalidDataException">The steps make it more than 64 times as long, which none of a real tokenizer do.</exception>
    public static string Apply(IReadOnlyList<Func<string, string>> steps, string text)
    {
        long longest = 65536 + (64L * text.Length);
        foreach (Func<string, string> step in steps)
        {
            text = step(text);
            if (text.Length > longest)
                throw new InvalidDataException($"the tokenizer's normalizers make text of {text.Length} characters, more than {longest}");
        }

        return text;
    }

    private static bool TryAdd(JsonField field, List<Func<string, string>> steps)
    {
        switch (field.Get("type").Text())
        {
            case "Sequence":
                return field.Get("normalizers").Items().All(step => TryAdd(step, steps));
            case "NFC":
                steps.Add(CanonicalForm.Compose);
                return true;
            case "Lowercase":
                steps.Add(static text => text.ToLowerInvariant());
                return true;
            case "Prepend":
                string prepend = field.Get("prepend").Text();
                steps.Add(text => text.Length == 0 ? text : prepend + text);
                return prepend.Length <= LongestContent;
            case "Replace":
                string content = field.Get("content").Text();
                if (content.Length > LongestContent || PreTokenizers.Pattern(field.Get("pattern")) is not { } pattern)
                    return false;
                steps.Add(text => Replace(text, pattern, content));
                return true;
            case "Strip":
                (bool left, bool right) = (field.Flag("strip_left", true), field.Flag("strip_right", true));
                steps.Add(text => (left, right) switch
                {
                    (true, true) => text.Trim(),
                    (true, false) => text.TrimStart(),
                    (false, true) => text.TrimEnd(),
                    _ => text,
                });
                return true;
            default:
                return false;
        }
    }

    private static string Replace(string text, Regex pattern, string content)
    {
        var view = new CodePointView(text);
        var replaced = new StringBuilder(text.Length);
        int done = 0;
        foreach (ValueMatch match in pattern.EnumerateMatches(view.Characters))
        {
            replaced.Append(text, done, view.OffsetOf(match.Index) - done).Append(content);
            done = view.OffsetOf(match.Index + match.Length);
        }

        return done == 0 && replaced.Length == 0 ? text : replaced.Append(text, done, text.Length - done).ToString();
    }
}
