using System.CommandLine;
using OVPipeline.Core;

namespace OVPipeline.Samples;

/// <summary>Options that name heads.</summary>
internal static class HeadOptions
{
    /// <summary>
    /// An option that names heads, such as <c>1.4,1.10</c>; none where it is left out. What are no heads fail before any work.
    /// </summary>
    public static Option<HeadIndex[]> Of(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "L.H,...",
        DefaultValueFactory = _ => [],
        CustomParser = result =>
        {
            List<HeadIndex> heads = [];
            foreach (string word in string.Join(',', result.Tokens.Select(token => token.Value)).Split(',', StringSplitOptions.TrimEntries))
            {
                if (!HeadIndex.TryParse(word, out var head))
                    result.AddError($"{name}: a head is written layer.head, such as 1.4, or L1H4; was '{word}'.");
                else if (heads.Contains(head))
                    result.AddError($"{name} names head {head} twice.");
                heads.Add(head);
            }
            return [.. heads];
        },
        Arity = ArgumentArity.ExactlyOne,
    };

    /// <summary>
    /// All heads that a command line names. A model is loaded with them (<see cref="ModelOptions.Loader"/>), so that those which it has not
    /// fail before its weights are fetched.
    /// </summary>
    public static IReadOnlyList<HeadIndex> Named(ParseResult parsed) =>
        [.. parsed.CommandResult.Command.Options.OfType<Option<HeadIndex[]>>().SelectMany(option => parsed.GetValue(option) ?? [])];
}
