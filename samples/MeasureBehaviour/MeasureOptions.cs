using System.CommandLine;
using OVPipeline.Core;
using OVPipeline.Torch;

namespace OVPipeline.Samples.MeasureBehaviour;

/// <summary>The options that say what a model is measured on.</summary>
internal static class MeasureOptions
{
    private const string NoText = "none";

    /// <summary>Heads to ablate.</summary>
    public static Option<HeadIndex[]> Without { get; } = HeadOptions.Of(
        "--without", "Heads to ablate for a second measurement, such as 1.7,1.1.");

    /// <summary>A text to run in the place of the measurements.</summary>
    public static Option<string?> Prompt { get; } = CommandOption.Of<string?>("--prompt",
        "A text to run in the place of the measurements: attention.html shows what every head attends to on it.", "TEXT");

    /// <summary>Where the prompt's page goes.</summary>
    public static Option<DirectoryInfo> Folder { get; } = CommandOption.Out(
        "Where attention.html and attention.csv of --prompt go.", "out/attention");

    private static readonly Option<string> s_text = CommandOption.Of("--text",
        "Text for the loss: a file (.txt, .gz), a folder or a pattern; 'none' for none.", BehaviourReport.EmbeddedText, "FILE");
    private static readonly Option<string?> s_tokens = CommandOption.Of<string?>(
        "--tokens", "Sequences of token ids in the place of text: a file of one a line (spaces or commas), or .npy.", "FILE");
    private static readonly Option<string?> s_targets = CommandOption.Of<string?>("--targets",
        "Outputs that are right for --tokens: one for each token, a dash where none is scored, or one for the last.", "FILE");
    private static readonly Option<int> s_windows = CommandOption.Of("--windows", "Windows of n_ctx tokens, spread over the text.", 64);
    private static readonly Option<int> s_seed = CommandOption.Of("--seed", "Seed of random tokens and of names.", 1);

    /// <summary>Adds them to a command.</summary>
    public static void AddTo(SampleCommand command)
    {
        command.AddGroup("What is measured", Without, s_text, s_tokens, s_targets, Prompt, s_windows, s_seed);
        Findings.AddTo(command, Folder);
    }

    /// <summary>What a command line says, but for the tokens, which depend on the model.</summary>
    /// <exception cref="ArgumentException">There are targets and no tokens.</exception>
    public static BehaviourOptions Of(ParseResult parsed)
    {
        bool hasTokens = parsed.GetValue(s_tokens) is not null;
        if (parsed.GetValue(s_targets) is not null && !hasTokens)
            throw new ArgumentException("--targets are of --tokens: name these too.");
        string text = parsed.GetRequiredValue(s_text);
        return new()
        {
            Text = text == NoText || hasTokens ? null : new(text),
            Windows = parsed.GetValue(s_windows),
            Seed = parsed.GetValue(s_seed),
        };
    }

    /// <summary>Whether a command line names the text itself.</summary>
    public static bool NamesText(ParseResult parsed) => parsed.GetResult(s_text) is { Implicit: false };

    /// <summary>The sequences of tokens that a command line names; null where it names none.</summary>
    public static TokenSequences? Tokens(ParseResult parsed, TransformerConfig config) =>
        parsed.GetValue(s_tokens) is { } file ? TokenSequences.Read(file, config, parsed.GetValue(s_targets)) : null;
}
