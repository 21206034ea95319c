using System.CommandLine;
using System.CommandLine.Parsing;
using OVPipeline.Studies;

namespace OVPipeline.Samples;

/// <summary>What is wrong with a command line, in one sentence that says what was meant.</summary>
internal static class CommandMistake
{
    /// <summary>The first mistake; null where there is none.</summary>
    /// <param name="parsed">The command line as parsed.</param>
    /// <param name="args">The same as typed.</param>
    public static string? Of(ParseResult parsed, IReadOnlyList<string> args)
    {
        Command[] path = [.. Path(parsed.CommandResult)];
        string program = string.Join(' ', path.Reverse().Select(command => command.Name));
        string[] options = [.. path.SelectMany(command => command.Options).Where(option => !option.Hidden)
            .SelectMany(option => option.Aliases.Prepend(option.Name))];
        string[] commands = [.. path[0].Subcommands.Where(command => !command.Hidden).Select(command => command.Name)];

        if (args.TakeWhile(arg => arg != "--").FirstOrDefault(arg => LooksLikeOption(arg) && !options.Contains(Name(arg))) is { } unknown)
        {
            return NearestName.Of(Name(unknown), options) is { } option
                ? $"There is no option {Name(unknown)}; did you mean {option}?"
                : $"There is no option {Name(unknown)}: {program} --help lists them. What begins with a dash and is none stands after --.";
        }
        // A command that is mistyped is taken for the model where one may be named.
        foreach (string word in parsed.Tokens.Where(token => token.Type == TokenType.Argument).Take(1).Select(token => token.Value))
            if (args[0] == word && !Directory.Exists(word) && NearestName.Of(word, commands) is { } meant)
                return $"There is no command {word}; did you mean {meant}?";
        if (parsed.UnmatchedTokens is [var extra, ..])
        {
            return path[0].Arguments.Count == 0 && commands.Length > 0
                ? $"There is no command {extra}: {program} --help lists them."
                : $"'{extra}' is one word too many: {program} --help shows what can be said.";
        }
        return parsed.Errors is [var error, ..] ? Sentence(error, program) : null;
    }

    private static string Sentence(ParseError error, string program)
    {
        var result = error.SymbolResult is ArgumentResult { Parent: OptionResult of } ? of : error.SymbolResult;
        switch (result)
        {
            case OptionResult { Option: var option, IdentifierToken: null } when option.Required:
                return $"{option.Name} is missing: {option.Description}";
            case OptionResult { Option: var option, Tokens: [] } when option.Required || option.Arity.MinimumNumberOfValues > 0:
                return $"{option.Name} needs a value: {program} --help says which.";
            case OptionResult { Option: var option, Tokens: [var token] } when Kind(option.ValueType) is { } kind && IsOfConversion(error):
                return $"{option.Name} is {kind}, was '{token.Value}'.";
            case ArgumentResult { Argument: var argument, Tokens: [] }:
                return $"{argument.HelpName ?? argument.Name.ToUpperInvariant()} is missing: {argument.Description}";
            default:
                return error.Message.ReplaceLineEndings(" ");
        }
    }

    // The message of System.CommandLine names the type as programs do, and so ends with one.
    private static bool IsOfConversion(ParseError error) => error.Message.Contains("'System.", StringComparison.Ordinal);

    private static string? Kind(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain == typeof(int) ? "a whole number" : plain == typeof(double) ? "a number" : null;
    }

    private static bool LooksLikeOption(string arg) => arg.StartsWith('-') && arg.TrimStart('-') is [var first, ..] && char.IsLetter(first);

    private static string Name(string arg) => arg.Split('=', ':')[0];

    // From the command that was named up to the program.
    private static IEnumerable<Command> Path(CommandResult result)
    {
        for (SymbolResult? at = result; at is CommandResult { Command: var command }; at = at.Parent)
            yield return command;
    }
}
