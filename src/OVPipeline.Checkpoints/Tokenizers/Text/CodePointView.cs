using System.Globalization;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Text with one UTF-16 character for each code point, for regular expressions written for code points: .NET's see half of a pair
/// where the expression means a letter. A code point above U+FFFF is shown as a rare character of the same general category.
/// </summary>
internal readonly ref struct CodePointView
{
    // By index of a code point, its place in the text, and last the text's length; null where both count alike.
    private readonly int[]? _offsets;

    /// <summary>A view of a text without unpaired surrogates.</summary>
    public CodePointView(string text)
    {
        Characters = text;
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return;
        var characters = new char[text.Length];
        _offsets = new int[text.Length + 1];
        int count = 0, offset = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            characters[count] = rune.IsBmp ? (char)rune.Value : StandIn(rune);
            _offsets[count++] = offset;
            offset += rune.Utf16SequenceLength;
        }

        _offsets[count] = offset;
        Characters = characters.AsSpan(0, count);
    }

    /// <summary>One character for each code point.</summary>
    public ReadOnlySpan<char> Characters { get; }

    /// <summary>Where the code point of that index starts in the text.</summary>
    public int OffsetOf(int index) => _offsets is null ? index : _offsets[index];

    private static char StandIn(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.OtherSymbol when UnicodeSets.IsCircledLetter(rune.Value) => '\u24B6',
        UnicodeCategory.UppercaseLetter => '\uA7AA',
        UnicodeCategory.LowercaseLetter => '\uAB30',
        UnicodeCategory.TitlecaseLetter => '\u1F88',
        UnicodeCategory.ModifierLetter => '\uA717',
        UnicodeCategory.OtherLetter => '\uA800',
        UnicodeCategory.NonSpacingMark => '\uA802',
        UnicodeCategory.SpacingCombiningMark => '\uA823',
        UnicodeCategory.EnclosingMark => '\uA670',
        UnicodeCategory.DecimalDigitNumber => '\uA8D0',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.ConnectorPunctuation => '\u2040',
        UnicodeCategory.DashPunctuation => '\u2E3A',
        UnicodeCategory.OpenPunctuation => '\u2E42',
        UnicodeCategory.ClosePunctuation => '\u2E56',
        UnicodeCategory.InitialQuotePunctuation => '\u2E02',
        UnicodeCategory.FinalQuotePunctuation => '\u2E03',
        UnicodeCategory.OtherPunctuation => '\uA874',
        UnicodeCategory.MathSymbol => '\u2A00',
        UnicodeCategory.CurrencySymbol => '\uA838',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\uA828',
        UnicodeCategory.Format => '\u2061',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\uFDD0',
    };
}
