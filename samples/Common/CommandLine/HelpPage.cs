using System.Collections;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;

namespace OVPipeline.Samples;

/// <summary>The help of a command: what it does, examples, then options in groups, within the width of the console.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const int Narrow = 80, Wide = 110, Indent = 2, LeastText = 30;
    private const int NameColumn = 24; // of options and their values; longer ones have a line to themselves

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int width = Console.IsOutputRedirected ? Narrow : Math.Clamp(Console.WindowWidth - 1, 40, Wide);
        foreach (string line in Lines(parseResult.CommandResult.Command, width))
            Console.Out.WriteLine(line);
        return 0;
    }

    /// <summary>The page, a line each.</summary>
    public static IEnumerable<string> Lines(Command command, int width)
    {
        string name = string.Join(' ', Path(command).Select(one => one.Name));
        Option[] options = [.. Path(command).SelectMany(one => one == command ? one.Options : one.Options.Where(option => option.Recursive))
            .Where(option => !option.Hidden)];
        var arguments = command.Arguments.Where(argument => !argument.Hidden).ToArray();
        var commands = command.Subcommands.Where(one => !one.Hidden).ToArray();
        var groups = (command as SampleCommand)?.Groups ?? [];
        Option[] grouped = [.. groups.SelectMany(group => group.Options)];
        Option[] common = [.. options.Where(option => option is HelpOption or VersionOption)];

        IEnumerable<string> lines =
        [
            .. Wrapped(command.Description!, width, 0),
            "",
            $"Usage: {string.Join(' ', [name, .. arguments.Select(Usage), "[options]"])}",
            .. commands.Select(one => $"       {name} {one.Name} [options]"),
            .. Examples(command, name, width),
            .. Section("Arguments", arguments.Select(one => (Value(one), one.Description!)), width),
            .. Section("Commands", commands.Select(one => (one.Name, one.Description!)), width),
            .. Section("Options", options.Except(grouped).Except(common).Select(Row), width),
            .. groups.SelectMany(group => Section(group.Title, group.Options.Where(option => !option.Hidden).Select(Row), width)),
            .. Section("Help", common.Select(Row), width),
        ];
        return lines;
    }

    private static IEnumerable<string> Examples(Command command, string name, int width)
    {
        if (command is not SampleCommand { Examples: { Count: > 0 } examples })
            yield break;
        yield return "";
        yield return "Examples";
        foreach (var example in examples)
        {
            yield return $"  {name} {example.Arguments}".TrimEnd();
            foreach (string line in Wrapped(example.Does, width, 3 * Indent))
                yield return line;
        }
        string program = Path(command).First().Name;
        yield return $"In the repository {program} is";
        yield return $"  dotnet run -c Release --project samples/{program} --";
    }

    private static IEnumerable<string> Section(string title, IEnumerable<(string Name, string Text)> rows, int width)
    {
        var all = rows.ToArray();
        if (all.Length == 0)
            yield break;
        yield return "";
        yield return title;
        int longest = all.Select(row => row.Name.Length).Where(length => length <= NameColumn).DefaultIfEmpty(0).Max();
        int column = width - NameColumn >= LeastText ? (2 * Indent) + longest : 3 * Indent;
        foreach (var (name, text) in all)
        {
            string[] lines = [.. Wrapped(text, width, column)];
            string start = new string(' ', Indent) + name;
            bool fits = start.Length + Indent <= column;
            yield return fits && lines.Length > 0 ? start.PadRight(column) + lines[0].TrimStart() : start;
            foreach (string line in lines.Skip(fits ? 1 : 0))
                yield return line;
        }
    }

    private static (string Name, string Text) Row(Option option)
    {
        string names = string.Join(", ", option.Aliases.Where(alias => alias.StartsWith('-')).Order().Prepend(option.Name));
        string value = Value(option);
        return (value.Length == 0 ? names : $"{names} {value}", option.Description + Default(option));
    }

    // What stands for the value of an option: nothing for one that is there or is not.
    private static string Value(Option option) => option.HelpName ?? Kind(option.ValueType);

    private static string Value(Argument argument) => argument.HelpName ?? argument.Name.ToUpperInvariant();

    private static string Usage(Argument argument)
    {
        string name = argument.Arity.MaximumNumberOfValues > 1 ? $"{Value(argument)}..." : Value(argument);
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static string Kind(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain == typeof(bool) || plain == typeof(void) ? ""
            : plain == typeof(DirectoryInfo) ? "FOLDER"
            : plain == typeof(FileInfo) ? "FILE"
            : plain == typeof(int) || plain == typeof(double) ? "N"
            : "TEXT";
    }

    private static string Default(Option option)
    {
        if (!option.HasDefaultValue || option.ValueType == typeof(bool) || option is HelpOption or VersionOption)
            return "";
        string text = option.GetDefaultValue() switch
        {
            string path when System.IO.Path.IsPathRooted(path) => System.IO.Path.GetRelativePath(Environment.CurrentDirectory, path),
            string word => word,
            IEnumerable => "",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            var other => other?.ToString() ?? "",
        };
        return text.Length == 0 ? "" : $" Default: {text}.";
    }

    private static IEnumerable<Command> Path(Command command)
    {
        var parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null ? [command] : [.. Path(parent), command];
    }

    private static IEnumerable<string> Wrapped(string text, int width, int indent)
    {
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && indent + line.Length + 1 + word.Length > width)
            {
                yield return new string(' ', indent) + line;
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        if (line.Length > 0)
            yield return new string(' ', indent) + line;
    }
}
