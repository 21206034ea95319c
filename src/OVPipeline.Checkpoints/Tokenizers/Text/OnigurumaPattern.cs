using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Regular expressions of tokenizer.json, which are Oniguruma's with Ruby's syntax, in .NET's. Sets inside sets, <c>[^(\s|[.,!?])]</c>, are
/// written out as one; <c>a++</c> is <c>(?>a+)</c>, but <c>a{1,3}+</c> is <c>(?:a{1,3})+</c>, for intervals are never possessive there;
/// <c>\w</c>, <c>^</c> and <c>$</c> are written out, since they mean a little more or less to .NET; so are letters of either case, of which
/// <c>s</c> has the long s and <c>k</c> the sign for kelvin.
/// </summary>
internal sealed partial class OnigurumaPattern
{
    // What \w is to Oniguruma: letters (those in circles from U+24B6 are symbols to .NET), marks, digits, connectors, and of the other
    // numbers those of Latin-1.
    private const string Word = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9\u00B2\u00B3\u00B9\u00BC-\u00BE";
    private readonly string _pattern;
    private readonly StringBuilder _out = new();
    private readonly Stack<(int Start, bool AnyCase)> _groups = new();

    // Where the next character to read stands, and where in the output the last atom begins, which a quantifier would repeat; -1 for none.
    private int _at;
    private int _atom = -1;
    private bool _anyCase;
    private string _letters = "";

    private OnigurumaPattern(string pattern) => _pattern = pattern;

    /// <summary>The pattern for .NET.</summary>
    /// <exception cref="ArgumentException">It has something that .NET does not have; the message says what.</exception>
    public static string Translate(string pattern) => new OnigurumaPattern(WithoutPairs(pattern)).Run();

    /// <summary>
    /// The text itself, where it has no character beyond U+FFFF: patterns see others there (<see cref="CodePointView"/>).
    /// </summary>
    /// <exception cref="ArgumentException">It has one.</exception>
    public static string WithoutPairs(string text) => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')
        ? throw new ArgumentException("it names characters beyond U+FFFF")
        : text;

    private string Run()
    {
        while (_at < _pattern.Length)
        {
            char character = _pattern[_at];
            if (!char.IsAsciiLetter(character))
                _letters = "";
            switch (character)
            {
                case '\\':
                    Atom(Escape(inSet: false));
                    break;
                case '[':
                    Atom(Set());
                    break;
                case '(':
                    Open();
                    break;
                case ')':
                    Close();
                    break;
                case '|':
                    _out.Append('|');
                    _at++;
                    _atom = -1;
                    break;
                case '^':
                    Atom(@"(?:\A|(?<=\n)(?!\z))", 1);
                    break;
                case '$':
                    Atom(@"(?:(?=\n)|(?<!\n)\z|\A\z)", 1);
                    break;
                case '*' or '+' or '?':
                    Quantify(character.ToString(), 1, isInterval: false);
                    break;
                case '{' when Interval().Match(_pattern, _at) is { Success: true } interval:
                    Quantify(OfInterval(interval), interval.Length, isInterval: true);
                    break;
                default:
                    Atom(Literal(character), 1);
                    break;
            }
        }

        return _out.ToString();
    }

    private void Atom(string translated, int length = 0)
    {
        _atom = _out.Length;
        _out.Append(translated);
        _at += length;
    }

    private string Literal(char character)
    {
        if (character is '{' or '}' or '#' or ' ')
            return character is '{' or '}' ? $@"\{character}" : character.ToString();
        if (!_anyCase || (char.IsAscii(character) && !char.IsAsciiLetter(character)))
            return character.ToString();
        if (!char.IsAsciiLetter(character))
            throw new ArgumentException($"it has '{character}' in either case");
        char lower = char.ToLowerInvariant(character);
        _letters += lower;
        if (_letters.EndsWith("ss", StringComparison.Ordinal) || _letters.EndsWith("ff", StringComparison.Ordinal)
            || _letters.EndsWith("fi", StringComparison.Ordinal) || _letters.EndsWith("fl", StringComparison.Ordinal)
            || _letters.EndsWith("st", StringComparison.Ordinal))
            throw new ArgumentException($"it has '{_letters}' in either case, which one character can be");
        string others = lower switch
        {
            's' => "\u017F",
            'k' => "\u212A",
            _ => "",
        };
        return $"[{lower}{char.ToUpperInvariant(lower)}{others}]";
    }

    // Leaves _at behind what it read.
    private string Escape(bool inSet)
    {
        if (_at + 1 >= _pattern.Length)
            throw new ArgumentException("it ends in a backslash");
        char kind = _pattern[_at + 1];
        int start = _at;
        _at += 2;
        switch (kind)
        {
            case 'p' or 'P':
                Match category = Category().Match(_pattern, _at);
                if (!category.Success)
                    throw new ArgumentException($"it has a property that is no general category, at {start}");
                if (_anyCase && category.Value.Length > 3)
                    throw new ArgumentException("it has letters of one case in either case");
                _at += category.Length;
                return _pattern[start.._at];
            case 'w':
                return inSet ? Word : $"[{Word}]";
            case 'W' when !inSet:
                return $"[^{Word}]";
            case 'b' when !inSet:
                return $"(?:(?<=[{Word}])(?![{Word}])|(?<![{Word}])(?=[{Word}]))";
            case 'h':
                return inSet ? "0-9a-fA-F" : "[0-9a-fA-F]";
            case 'x' or 'u' when Hexadecimal().Match(_pattern, start) is { Success: true } code:
                _at = start + code.Length;
                string digits = string.Concat(code.Groups.Values.Skip(1).Select(group => group.Value));
                int point = int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                return point <= 0xFFFF && !_anyCase
                    ? string.Create(CultureInfo.InvariantCulture, $@"\u{point:X4}")
                    : throw new ArgumentException($"it has {code.Value}");
            case 'A' or 'z' or 'Z' or 'd' or 'D' or 's' or 'S' or 't' or 'n' or 'r' or 'f' or 'v' or 'a' or 'e' or 'b':
            case >= '1' and <= '9':
                return $@"\{kind}";
            default:
                return char.IsAsciiLetterOrDigit(kind) ? throw new ArgumentException($@"it has \{kind}") : $@"\{kind}";
        }
    }

    private string Set()
    {
        var set = new StringBuilder();
        int depth = 0;
        while (_at < _pattern.Length)
        {
            char character = _pattern[_at];
            string next = _pattern[(_at + 1)..Math.Min(_pattern.Length, _at + 2)];
            if (character == '\\')
            {
                set.Append(Escape(inSet: true));
                continue;
            }

            if ((character == '[' && (next is ":" or "]" || (depth > 0 && next == "^"))) || (character == '&' && next == "&"))
                throw new ArgumentException("it has a named set, or a negated set or an intersection inside a set");
            if (_anyCase && (char.IsAsciiLetter(character) || !char.IsAscii(character)))
                throw new ArgumentException("it has a set of letters in either case");
            depth += character switch
            {
                '[' => 1,
                ']' => -1,
                _ => 0,
            };
            bool isInner = (character == '[' && depth > 1) || (character == ']' && depth > 0);
            if (!isInner)
                set.Append(character);
            _at++;
            if (depth == 0)
                return set.ToString();
        }

        throw new ArgumentException("it has a set without an end");
    }

    private void Open()
    {
        _groups.Push((_out.Length, _anyCase));
        Match options = Options().Match(_pattern, _at);
        Match start = Start().Match(_pattern, _at);
        if (options.Success)
        {
            _anyCase = options.Groups[1].Value switch
            {
                "i" => true,
                "-i" => false,
                _ => throw new ArgumentException($"it has {options.Value}"),
            };
            _out.Append("(?:");
            _at += options.Length;
            if (options.Value.EndsWith(')')) // (?i) is for the rest of the group around it
            {
                _groups.Pop();
                _out.Append(')');
            }
        }
        else if (start.Success)
        {
            _out.Append(start.Value);
            _at += start.Length;
        }
        else
        {
            throw new ArgumentException($"it has a group of another kind, at {_at}");
        }

        _atom = -1;
    }

    private void Close()
    {
        if (!_groups.TryPop(out var group))
            throw new ArgumentException("it has a ) too many");
        _out.Append(')');
        _anyCase = group.AnyCase;
        _at++;
        _atom = group.Start;
    }

    private void Quantify(string quantifier, int length, bool isInterval)
    {
        if (_atom < 0)
            throw new ArgumentException($"it repeats nothing, at {_at}");
        _at += length;
        string atom = _out.ToString(_atom, _out.Length - _atom);
        char suffix = _at < _pattern.Length ? _pattern[_at] : ' ';
        if (suffix is '+' or '?')
            _at++;
        string repeated = (suffix, isInterval) switch
        {
            ('+', true) => $"(?:{atom}{quantifier})+",
            ('+', false) => $"(?>{atom}{quantifier})",
            ('?', true) when !quantifier.Contains(',', StringComparison.Ordinal) => $"(?:{atom}{quantifier})?",
            ('?', _) => $"{atom}{quantifier}?",
            _ => $"{atom}{quantifier}",
        };
        _out.Length = _atom;
        _out.Append(repeated);
        _atom = -1;
        if (_at < _pattern.Length && (_pattern[_at] is '*' or '+' or '?' || Interval().IsMatch(_pattern, _at)))
            throw new ArgumentException("it repeats a repetition");
    }

    private static string OfInterval(Match interval)
    {
        string least = interval.Groups[1].Value is { Length: > 0 } text ? text : "0";
        string most = interval.Groups[3].Value;
        if (!interval.Groups[2].Success)
            return $"{{{least}}}";
        if (most.Length > 0 && int.Parse(most, CultureInfo.InvariantCulture) < int.Parse(least, CultureInfo.InvariantCulture))
            throw new ArgumentException($"it has {interval.Value}");
        return $"{{{least},{most}}}";
    }

    [GeneratedRegex(@"\G\{(?=[0-9]|,[0-9])([0-9]{0,5})(,)?([0-9]{0,5})\}")]
    private static partial Regex Interval();

    [GeneratedRegex(@"\G\{(?:L[ulmot]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfson]?)\}")]
    private static partial Regex Category();

    [GeneratedRegex(@"\G\\(?:x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex(@"\G\(\?([a-z-]+)[:)]")]
    private static partial Regex Options();

    [GeneratedRegex(@"\G\((?:(?!\?)|\?[:=!>]|\?<[=!]|\?<[A-Za-z_][A-Za-z0-9_]*>)")]
    private static partial Regex Start();
}
