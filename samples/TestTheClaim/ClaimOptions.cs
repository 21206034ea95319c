using System.CommandLine;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Experiments;
using OVPipeline.Torch;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The options of the command line, beside those of the model.</summary>
internal static class ClaimOptions
{
    private static readonly Option<string?> s_only = new("--only") { Description = "Experiments to run. Default: all." };
    private static readonly Option<bool> s_quick = new("--quick") { Description = "Fewer ranks, seeds and repeats." };

    private static readonly Option<DirectoryInfo> s_output = new("--output")
    {
        Description = "Where the report, its tables and the finished parts go.",
        DefaultValueFactory = _ => new(Path.Combine("out", "claim")),
    };

    private static readonly Option<int> s_seed = new("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 1 };

    private static readonly Option<DirectoryInfo?> s_text = new("--text")
    {
        Description = "A folder of texts (*.txt, *.txt.gz) to run the model on and to count tokens in; names that begin with train and "
            + "valid say which is which. Default: data/text, where it is there.",
    };

    private static readonly Option<string?> s_tokens = new("--tokens")
    {
        Description = "Sequences of token ids in the place of text: a file of one a line (spaces or commas), or .npy, all of one length; "
            + "the last fifth is judged on.",
    };

    private static readonly Option<string?> s_targets = new("--targets")
    {
        Description = "Outputs that are right for --tokens, one for each token. Default: the next token.",
    };

    private static readonly Option<string?> s_checkpoints = new("--checkpoints")
    {
        Description = "Checkpoints of the model's training: a folder (tokens-005M.safetensors and so on) or a hub id (revisions step1000, "
            + "files checkpoints/tokens_N.pth), or several files with commas between them. Default: checkpoints beside the model, where "
            + "they are.",
    };

    private static readonly Option<string?> s_revisions = new("--revisions")
    {
        Description = "Which checkpoints of the training, by name or number, such as step0,step512,step143000 or 5M. Default: all. "
            + "Without --checkpoints they are revisions of the model on the hub.",
    };

    private static readonly Option<DirectoryInfo?> s_valueRank = new("--value-rank-results")
    {
        Description = "A folder with what the command value-rank left. Default: data/value-rank, else out/value-rank.",
    };

    /// <summary>The command, without its action.</summary>
    public static RootCommand Command()
    {
        s_only.Description =
            $"Experiments to run, of {string.Join(",", ClaimExperiments.All().Select(one => one.Info.Name))}. Default: all.";
        var command = new RootCommand(
            "Tests the claim on a model: experiments on copying and rank, one report. A second run does only what is missing.")
        {
            s_only, s_quick, s_output, s_seed, s_text, s_tokens, s_targets, s_checkpoints, s_revisions, s_valueRank,
            ValueRankCommand.Create(),
        };
        ModelOptions.AddTo(command, measures: true);
        EmbeddingOption.AddTo(command);
        return command;
    }

    /// <summary>The folder of the report.</summary>
    public static string Output(ParseResult parsed) => parsed.GetRequiredValue(s_output).FullName;

    /// <summary>How much is done, in words.</summary>
    public static string Extent(ParseResult parsed) => parsed.GetValue(s_quick) ? "quick: fewer ranks, seeds and repeats" : "full";

    /// <summary>The experiments, with what the command line says of them.</summary>
    /// <exception cref="ArgumentException"><c>--only</c> names an experiment that does not exist.</exception>
    public static ExperimentRunner Runner(ParseResult parsed)
    {
        string[]? revisions = Names(parsed.GetValue(s_revisions));
        var (model, loading) = ModelOptions.Named(parsed);
        string? checkpoints = parsed.GetValue(s_checkpoints) ?? ModelOptions.BesideModel(parsed, "checkpoints");
        if (checkpoints is null && revisions is not null)
            checkpoints = model.Split('@', ':')[0]; // the same model, whatever revision of it was named
        string valueRank = Existing(parsed.GetValue(s_valueRank)) ?? ValueRankCommand.DefaultResults;
        var experiments = ClaimExperiments.All(
            parsed.GetValue(s_quick), parsed.GetValue(s_seed), checkpoints, valueRank, revisions, loading);
        return new(experiments, Names(parsed.GetValue(s_only)));
    }

    private static string[]? Names(string? list) =>
        list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // A folder that is named must be there; one that is not may be missing.
    private static string? Existing(DirectoryInfo? folder)
    {
        if (folder is { Exists: false })
            throw new CheckpointException(folder.FullName, null, File.Exists(folder.FullName)
                ? "is a file; a folder is needed here."
                : "there is no such folder.");
        return folder?.FullName;
    }

    /// <summary>The sequences that take the place of text; null where none are named.</summary>
    /// <exception cref="ArgumentException">Targets are named without them, or they are none for experiments.</exception>
    public static ModelText? Sequences(ParseResult parsed, TransformerConfig config)
    {
        string? targets = parsed.GetValue(s_targets);
        if (parsed.GetValue(s_tokens) is { } tokens)
            return ModelText.Of(TokenSequences.Read(tokens, config, targets));
        return targets is null ? null : throw new ArgumentException("--targets are of --tokens: name these too.");
    }

    /// <summary>Text, store and seed.</summary>
    public static LaboratoryOptions Laboratory(ParseResult parsed, CancellationToken cancellationToken) =>
        (parsed.GetValue(s_quick) ? LaboratoryOptions.Quick : new()) with
        {
            Text = Existing(parsed.GetValue(s_text)) ?? ModelOptions.FindData("text"),
            Store = Path.Combine(Output(parsed), "cache"),
            Seed = parsed.GetValue(s_seed),
            CancellationToken = cancellationToken,
        };
}
