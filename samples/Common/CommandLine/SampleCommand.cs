using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;

namespace OVPipeline.Samples;

/// <summary>A command line that is typed as it stands in the help, without the program's name.</summary>
/// <param name="Arguments">The arguments, such as <c>gpt2-small --out out/gpt2</c>.</param>
/// <param name="Does">What it does, in a line.</param>
internal sealed record CommandExample(string Arguments, string Does);

/// <summary>Options that stand together in the help.</summary>
internal sealed record OptionGroup(string Title, IReadOnlyList<Option> Options);

/// <summary>A command with what its help shows beside options: examples, and which options belong together.</summary>
internal sealed class SampleCommand : Command
{
    private readonly List<OptionGroup> _groups = [];

    /// <summary>The command of a program.</summary>
    public SampleCommand(string description)
        : this(Assembly.GetExecutingAssembly().GetName().Name!, description)
    {
        Options.Add(new HelpOption { Action = new HelpPage(), Description = "Shows this." });
        Options.Add(new VersionOption { Description = "Shows the version." });
    }

    /// <summary>A command within a program.</summary>
    public SampleCommand(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>Command lines to begin with.</summary>
    public required IReadOnlyList<CommandExample> Examples { get; init; }

    /// <summary>The options that stand together.</summary>
    public IReadOnlyList<OptionGroup> Groups => _groups;

    /// <summary>Adds options that stand together in the help, with those of a group of the same title.</summary>
    public void AddGroup(string title, params IReadOnlyList<Option> options)
    {
        int at = _groups.FindIndex(group => group.Title == title);
        if (at < 0)
            _groups.Add(new(title, options));
        else
            _groups[at] = new(title, [.. _groups[at].Options, .. options]);
        foreach (var option in options)
            Options.Add(option);
    }
}
