using System.Globalization;

namespace OVPipeline.Torch;

/// <summary>
/// Sentences that name a person, first name and surname, and end where the first name comes again: the surname should follow. Names are
/// paired at random, so that only the sentence tells.
/// </summary>
internal sealed class NameSentences
{
    // Names of one or two tokens, as common English names are in a vocabulary of 50 thousand. A smaller one cuts them in more: then the
    // shortest six of each kind, 36 persons, are taken.
    private const int MostTokensOfAName = 2;
    private const int FewestNames = 6;

    // Sentences that are tried for each one wanted: in some, tokens join across the end of the sentence.
    private const int TriesPerSentence = 20;

    private static readonly string[] s_firstNames =
    [
        "Mary", "John", "Henry", "Jane", "Charles", "Alice", "George", "Anne", "Arthur", "Emma", "Peter", "Lucy", "Tom", "Helen",
        "Robert", "Margaret", "Paul", "Ruth", "Edward", "Grace", "Frank", "Rose", "David", "Ellen", "Philip", "Clara", "Harry", "Kate",
        "Jack", "Dora", "Oliver", "Sarah",
    ];

    private static readonly string[] s_surnames =
    [
        "Brown", "Grant", "Marsh", "Hall", "Hunter", "Wood", "Fields", "Stone", "King", "Moore", "Clark", "Baker", "Turner", "Cook",
        "Hill", "Page", "Rivers", "Banks", "West", "Lane", "Bell", "Carter", "Fisher", "Porter", "Gray", "Frost", "Walker", "Miller",
        "Shepherd", "Cross", "Field", "Young",
    ];

    // {0} is the first name, {1} the surname.
    private static readonly string[] s_templates =
    [
        "{0} {1} came into the room, and every one looked up at {0}",
        "It was a letter from {0} {1}. I had not heard for a long time from {0}",
        "There was nobody in the house but {0} {1}, and they asked at once for {0}",
        "The name of {0} {1} was known in the village; people often spoke of {0}",
        "We had met {0} {1} on the road, and the next day we again saw {0}",
        "The old man had been a friend of {0} {1}, and he had a great love for {0}",
        "They waited for {0} {1} until the evening, but there was no word of {0}",
        "At the door stood {0} {1}, and behind the others, in the dark, was the father of {0}",
    ];

    private NameSentences(IReadOnlyList<(int[] Tokens, int Next)> sentences) => Sentences = sentences;

    /// <summary>Token ids from the separator to the repeated first name, and the first token of the surname.</summary>
    public IReadOnlyList<(int[] Tokens, int Next)> Sentences { get; }

    /// <summary>
    /// Sentences of names of few tokens, or null where the tokenizer cuts names so that the surname's start cannot be told.
    /// </summary>
    public static NameSentences? Of(TextEncoding encoding, int count, int longest, int seed)
    {
        string[] first = Shortest(s_firstNames), last = Shortest(s_surnames);
        var random = new SplitMix64((ulong)seed);
        List<(int[], int)> sentences = [];
        for (int tries = 0; sentences.Count < count && tries < TriesPerSentence * count; tries++)
        {
            string template = s_templates[random.Below(s_templates.Length)];
            string name = first[random.Below(first.Length)], surname = last[random.Below(last.Length)];
            string start = string.Format(CultureInfo.InvariantCulture, template, name, surname);
            int[] tokens = [.. encoding.Encode(start)], whole = [.. encoding.Encode($"{start} {surname}")];
            bool startsAlike = whole.Length > tokens.Length && whole.AsSpan(0, tokens.Length).SequenceEqual(tokens);
            if (tokens.Length < longest && startsAlike && tokens.Contains(whole[tokens.Length]))
                sentences.Add(([encoding.Separator, .. tokens], whole[tokens.Length]));
        }
        return sentences.Count == 0 ? null : new(sentences);

        string[] Shortest(string[] names)
        {
            int before = encoding.Encode("a").Count;
            var lengths = names.ToDictionary(name => name, name => encoding.Encode($"a {name}").Count - before);
            int most = Math.Max(MostTokensOfAName, lengths.Values.Order().ElementAt(FewestNames - 1));
            return [.. names.Where(name => lengths[name] <= most)];
        }
    }
}
