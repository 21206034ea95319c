using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Where a pattern matches in a text, in order, as offsets into the text; the pattern sees a character for each code point. A match of
/// nothing right after another match is left out: onig's FindMatches does not give it there.
/// </summary>
internal ref struct PatternMatches
{
    private readonly CodePointView _view;
    private readonly PatternTime _time;
    private Regex.ValueMatchEnumerator _matches;
    private long _since = Environment.TickCount64;
    private int _last = -1;
    private int _unseen;

    /// <summary>The matches, found as they are asked for.</summary>
    public PatternMatches(Regex pattern, string text, PatternTime time)
    {
        _view = new(text);
        _time = time;
        _matches = pattern.EnumerateMatches(_view.Characters);
    }

    /// <summary>The match: its first character, and the one after its last.</summary>
    public (int Start, int End) Current { get; private set; }

    /// <summary>Itself, for foreach.</summary>
    public readonly PatternMatches GetEnumerator() => this;

    /// <summary>Goes on to the next match.</summary>
    /// <exception cref="CheckpointException">The time for the text is over.</exception>
    public bool MoveNext()
    {
        try
        {
            while (_matches.MoveNext())
            {
                if (++_unseen == PatternTime.Searches)
                {
                    _unseen = 0;
                    _time.Spend(ref _since);
                }
                var match = _matches.Current;
                if (match.Length == 0 && match.Index == _last)
                    continue;
                _last = match.Index + match.Length;
                Current = (_view.OffsetOf(match.Index), _view.OffsetOf(_last));
                return true;
            }
            _time.Spend(ref _since);
            return false;
        }
        catch (RegexMatchTimeoutException e)
        {
            throw _time.Spent(e);
        }
    }
}
