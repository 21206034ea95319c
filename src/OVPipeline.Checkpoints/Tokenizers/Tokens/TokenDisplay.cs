using System.Globalization;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Tokens as strings that can be read and told apart. A space is <c>␣</c>; newline, tab, carriage return and backslash are <c>\n</c>,
/// <c>\t</c>, <c>\r</c> and <c>\\</c>; other characters that print nothing are <c>\u00A0</c> or, above U+FFFF, <c>\U000E0001</c>; a
/// byte that belongs to no character is <c>&lt;0xE2&gt;</c>; the empty token is <c>&lt;empty&gt;</c>. Where two tokens would still look
/// the same, the later id is appended: <c>␣␣#50276</c>.
/// </summary>
internal static class TokenDisplay
{
    /// <summary>What stands for a space.</summary>
    public const char Space = '\u2423';

    /// <summary>Shows the text of a token; a lone surrogate is shown by its code.</summary>
    public static string OfText(string text)
    {
        if (text.Length == 0)
            return "<empty>";
        var display = new StringBuilder(text.Length + 8);
        for (int at = 0; at < text.Length;)
        {
            if (Rune.TryGetRuneAt(text, at, out Rune rune))
            {
                Append(display, rune);
                at += rune.Utf16SequenceLength;
            }
            else
            {
                display.Append(CultureInfo.InvariantCulture, $@"\u{(int)text[at++]:X4}");
            }
        }

        return display.ToString();
    }

    /// <summary>Shows a token that is a sequence of bytes, which need not be whole UTF-8 characters.</summary>
    public static string OfBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return "<empty>";
        var display = new StringBuilder(bytes.Length + 8);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int used) == System.Buffers.OperationStatus.Done)
            {
                Append(display, rune);
            }
            else
            {
                used = 1;
                display.Append(CultureInfo.InvariantCulture, $"<0x{bytes[0]:X2}>");
            }

            bytes = bytes[used..];
        }

        return display.ToString();
    }

    /// <summary>Appends the id to every string that an earlier one equals, so that all are distinct.</summary>
    public static void MakeDistinct(string[] displays)
    {
        var taken = new HashSet<string>(displays, StringComparer.Ordinal);
        if (taken.Count == displays.Length)
            return;
        var seen = new HashSet<string>(displays.Length, StringComparer.Ordinal);
        for (int id = 0; id < displays.Length; id++)
        {
            if (seen.Add(displays[id]))
                continue;
            string distinct = displays[id];
            do
                distinct = string.Create(CultureInfo.InvariantCulture, $"{distinct}#{id}");
            while (!taken.Add(distinct));
            seen.Add(displays[id] = distinct);
        }
    }

    private static void Append(StringBuilder display, Rune rune)
    {
        switch (rune.Value)
        {
            case ' ': display.Append(Space); return;
            case '\n': display.Append(@"\n"); return;
            case '\t': display.Append(@"\t"); return;
            case '\r': display.Append(@"\r"); return;
            case '\\': display.Append(@"\\"); return;
        }

        if (IsVisible(rune))
            display.Append(rune.ToString());
        else if (rune.IsBmp)
            display.Append(CultureInfo.InvariantCulture, $@"\u{rune.Value:X4}");
        else
            display.Append(CultureInfo.InvariantCulture, $@"\U{rune.Value:X8}");
    }

    // The sign for a space, where it is meant itself, is shown by its code.
    private static bool IsVisible(Rune rune) => rune.Value != Space && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
