using System.Globalization;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>Kinds of characters as the reference tells them apart.</summary>
internal static class UnicodeSets
{
    /// <summary>What <c>\w</c> is to the reference's own patterns: alphabetic, marks, digits, connectors, the two joiners.</summary>
    public static bool IsWord(Rune rune) =>
        IsCircledLetter(rune.Value) || rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
        or UnicodeCategory.ConnectorPunctuation;

    /// <summary>Symbols that are alphabetic: letters in circles and squares.</summary>
    public static bool IsCircledLetter(int point) =>
        point is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    /// <summary>Punctuation, and all ASCII characters that are neither letters nor digits.</summary>
    public static bool IsPunctuation(Rune rune) => rune.Value < 0x80
        ? rune.Value is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        : UnicodeTable.Punctuation.Contains(rune.Value);

    /// <summary>What BERT takes out of text: controls other than tab and line ends, formats, private use, U+FFFD.</summary>
    public static bool IsUnclean(Rune rune)
    {
        int point = rune.Value;
        if (point is '\t' or '\n' or '\r')
            return false;
        return point == 0xFFFD || UnicodeTable.Others.Exists(range => point >= range.First && point <= range.Last);
    }

    /// <summary>The blocks that BERT puts spaces around.</summary>
    public static bool IsChinese(Rune rune) => rune.Value is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
