using System.CommandLine;
using OVPipeline.Studies;

namespace OVPipeline.Samples;

/// <summary>Options, a line each.</summary>
internal static class CommandOption
{
    /// <summary>An option that may be left out.</summary>
    /// <param name="name">The option, such as <c>--rank</c>.</param>
    /// <param name="description">What it does.</param>
    /// <param name="value">What the help calls its value; null for the name of its type.</param>
    public static Option<T> Of<T>(string name, string description, string? value = null) =>
        new(name) { Description = description, HelpName = value };

    /// <summary>An option with a default, which the help shows.</summary>
    public static Option<T> Of<T>(string name, string description, T defaultValue, string? value = null) =>
        new(name) { Description = description, DefaultValueFactory = _ => defaultValue, HelpName = value };

    /// <summary>The folder where results go, <c>--out</c> in every sample that writes any.</summary>
    public static Option<DirectoryInfo> Out(string description, string defaultFolder) =>
        Of("--out", description, new DirectoryInfo(defaultFolder));

    /// <summary>An option whose value is one of a few words, the first of them where it is left out.</summary>
    public static Option<string> OneOf(string name, string description, params string[] words)
    {
        var option = Of(name, description, words[0], string.Join('|', words));
        option.Validators.Add(result => CheckWord(result, words));
        return option;
    }

    /// <summary>An option whose value is one of a few words, or is left out.</summary>
    public static Option<string?> OneOfOrNone(string name, string description, params string[] words)
    {
        var option = Of<string?>(name, description, string.Join('|', words));
        option.Validators.Add(result => CheckWord(result, words));
        return option;
    }

    private static void CheckWord(System.CommandLine.Parsing.OptionResult result, string[] words)
    {
        if (result.Tokens is not [var token] || words.Contains(token.Value, StringComparer.Ordinal))
            return;
        string meant = NearestName.Of(token.Value, words) is { } word ? $"; did you mean {word}?" : ".";
        result.AddError($"{result.Option.Name} is {string.Join(" or ", words)}, was '{token.Value}'{meant}");
    }
}
