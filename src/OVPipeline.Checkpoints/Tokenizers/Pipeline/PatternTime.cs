namespace OVPipeline.Checkpoints;

/// <summary>
/// How long a tokenizer's patterns may search one text, all of them together: 5 seconds and 10 microseconds a character. Those of real
/// tokenizers take a hundredth of that a character, but a pattern such as <c>(a+)+$</c> may try a text in more ways than anybody can wait
/// for. Used by one thread.
/// </summary>
/// <remarks>
/// .NET's engine without backtracking would need no such limit. It is not used, because it does not find the same: of
/// <c>@" ?[a-z]+"</c> in English text it misses every twelfth match (.NET 10.0).
/// </remarks>
internal sealed class PatternTime
{
    /// <summary>
    /// The longest time for one search, in which nothing else can stop it. Those of real tokenizers end before the engine first looks at
    /// the clock.
    /// </summary>
    public static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(1);

    /// <summary>Searches in a row between which the time is not read: reading it costs a tenth of a search.</summary>
    public const int Searches = 8;

    private const int Milliseconds = 5000, CharactersAMillisecond = 100;

    private readonly string _file;
    private readonly long _characters;
    private long _left;

    /// <summary>The time for a text.</summary>
    /// <param name="file">The tokenizer's file, as errors name it.</param>
    /// <param name="characters">The text's length.</param>
    public PatternTime(string file, long characters)
    {
        _file = file;
        _characters = characters;
        _left = Milliseconds + (characters / CharactersAMillisecond);
    }

    /// <summary>Takes off what has passed since a reading of <see cref="Environment.TickCount64"/>, and makes it now's.</summary>
    /// <exception cref="CheckpointException">There is no time left.</exception>
    public void Spend(ref long since)
    {
        long now = Environment.TickCount64;
        _left -= now - since;
        since = now;
        if (_left < 0)
            throw Spent(null);
    }

    /// <summary>That there is no time left.</summary>
    public CheckpointException Spent(Exception? cause) => Wrong(
        $"the tokenizer's patterns took too long on {_characters} characters: one of them may try a text in endless ways", cause);

    /// <summary>An error about the tokenizer.</summary>
    public CheckpointException Wrong(string reason, Exception? cause = null) => new(_file, null, reason + ".", cause);
}
