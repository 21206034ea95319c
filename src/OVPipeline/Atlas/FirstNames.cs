using OVPipeline.Checkpoints;

namespace OVPipeline;

/// <summary>English first names that are one token of a model within a text: what the copy score of name movers is taken over.</summary>
public static class FirstNames
{
    // Common ones of the last hundred years; Wang et al. (2022) take the one-token names among some hundred of this kind.
    private static readonly string[] s_names =
    [
        "Aaron", "Adam", "Alan", "Albert", "Alex", "Alexander", "Alice", "Amanda", "Amy", "Andrea", "Andrew", "Angela", "Ann", "Anna",
        "Anne", "Anthony", "Arthur", "Barbara", "Ben", "Benjamin", "Brian", "Carl", "Carol", "Caroline", "Charles", "Charlie",
        "Charlotte", "Chris", "Christina", "Christopher", "Claire", "Clara", "Daniel", "David", "Diana", "Donald", "Dorothy", "Edward",
        "Elizabeth", "Ellen", "Emily", "Emma", "Eric", "Eva", "Frances", "Francis", "Frank", "Fred", "Frederick", "George", "Grace",
        "Hannah", "Harold", "Harry", "Heather", "Helen", "Henry", "Howard", "Ian", "Jack", "Jacob", "James", "Jane", "Jason", "Jean",
        "Jeffrey", "Jennifer", "Jeremy", "Jessica", "Jim", "Joan", "Joe", "John", "Jonathan", "Joseph", "Joshua", "Julia", "Justin",
        "Karen", "Kate", "Katherine", "Keith", "Kelly", "Kenneth", "Kevin", "Kim", "Kyle", "Larry", "Laura", "Lauren", "Lawrence",
        "Lewis", "Linda", "Lisa", "Louis", "Lucy", "Luke", "Margaret", "Maria", "Mark", "Martha", "Martin", "Mary", "Matthew", "Max",
        "Megan", "Melissa", "Michael", "Michelle", "Mike", "Nancy", "Nathan", "Nicholas", "Nicole", "Oliver", "Oscar", "Patricia",
        "Patrick", "Paul", "Peter", "Philip", "Rachel", "Ralph", "Raymond", "Rebecca", "Richard", "Robert", "Roger", "Ronald", "Rose",
        "Roy", "Russell", "Ruth", "Ryan", "Sam", "Samantha", "Samuel", "Sarah", "Scott", "Sean", "Simon", "Sophie", "Stephanie",
        "Stephen", "Steve", "Steven", "Susan", "Ted", "Thomas", "Timothy", "Tom", "Tony", "Victoria", "Vincent", "Walter", "William",
    ];

    /// <summary>The names that are looked for.</summary>
    public static IReadOnlyList<string> All => s_names;

    /// <summary>
    /// The ids of names that are one token after another word, each once, in the order of the names; none without a tokenizer.
    /// </summary>
    /// <param name="model">The model, with its tokenizer.</param>
    public static IReadOnlyList<int> TokensOf(TransformerCheckpoint model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Tokenizer is not { } tokenizer)
            return [];
        var before = tokenizer.EncodeToIds("a");
        return [.. s_names.Select(name => tokenizer.EncodeToIds($"a {name}"))
            .Where(ids => ids.Count == before.Count + 1 && ids.Take(before.Count).SequenceEqual(before))
            .Select(ids => ids[^1])
            .Where(id => (uint)id < (uint)model.Vocabulary.Count)
            .Distinct()];
    }
}
