using System.Text.RegularExpressions;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// A sentence that experiments say of models: the same where all but heads and figures is. Sentences are made by rules from tables, so the
/// words of one are what the rule found.
/// </summary>
/// <param name="Experiment">The experiment's title.</param>
/// <param name="Statement">The sentence, as it is said of the first of the models.</param>
/// <param name="Said">Whether it is said of each model, in their order.</param>
/// <param name="Asked">Of how many models its experiment has a result.</param>
internal sealed partial record AcrossSentence(string Experiment, ReportStatement Statement, IReadOnlyList<bool> Said, int Asked)
{
    /// <summary>Of how many models it is said.</summary>
    public int Count => Said.Count(said => said);

    /// <summary>
    /// All sentences of some models: those of the first in its order, then what is said of others only. Of experiment 8 there are none:
    /// it has models of its own, and says the same whichever one is asked.
    /// </summary>
    public static IReadOnlyList<AcrossSentence> Of(IReadOnlyList<ModelOutcomes> models)
    {
        var spoken = models.SelectMany((model, at) =>
            from outcome in model.Outcomes
            where outcome.Experiment.Name != ValueRank.Description.Name
            let section = outcome.ToSection()
            from statement in section.Statements
            select (At: at, section.Title, Statement: statement, Key: (section.Id, statement.Topic, Words: Words(statement.Text))));
        return
        [
            .. from one in spoken
               group one by one.Key into same
               let places = same.Select(one => one.At).ToHashSet()
               let first = same.First()
               let asked = models.Count(model => model.Outcomes.Any(outcome =>
                   outcome.Result is not null && outcome.Experiment.Title == first.Title))
               select new AcrossSentence(
                   first.Title, first.Statement, [.. Enumerable.Range(0, models.Count).Select(places.Contains)], asked),
        ];
    }

    /// <summary>
    /// A sentence without its heads and figures: how many of them are listed, and in what interval they lie, is left out too.
    /// </summary>
    internal static string Words(string sentence) => Ranges().Replace(Figures().Replace(sentence, "#"), "#");

    // Numbers with their signs and units of size, heads such as 1.10, powers of ten.
    [GeneratedRegex(@"[-−+]?\b\d+(?:[.,]\d+)*(?:e[-−+]?\d+)?M?\b(?: %)?")]
    private static partial Regex Figures();

    // Lists and intervals of those, as sentences have them.
    [GeneratedRegex(@"(?:between # and #|by #|#(?:(?:, | to | and )#)+)")]
    private static partial Regex Ranges();
}
