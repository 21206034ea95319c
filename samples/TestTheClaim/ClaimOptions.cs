using System.CommandLine;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Experiments;
using OVPipeline.Studies;
using OVPipeline.Torch;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The options of the command line, beside those of the model.</summary>
internal static class ClaimOptions
{
    private static readonly string[] s_names = [.. ClaimExperiments.All().Select(one => one.Info.Name)];

    private static readonly Option<string?> s_only = CommandOption.Of<string?>(
        "--only", $"Experiments to run, of {string.Join(", ", s_names)}. Default: all.", "NAME,...");
    private static readonly Option<bool> s_quick = CommandOption.Of<bool>("--quick", "Fewer ranks, seeds and repeats.");
    private static readonly Option<int> s_seed = CommandOption.Of("--seed", "Seed of everything random.", 1);
    private static readonly Option<DirectoryInfo> s_output = CommandOption.Out(
        "Where the report, its tables and the finished parts go.", Path.Combine("out", "claim"));
    private static readonly Option<DirectoryInfo?> s_text = CommandOption.Of<DirectoryInfo?>(
        "--text", "A folder of texts (*.txt, *.txt.gz) to run the model on and to count tokens in; names that begin with train and valid "
        + "say which is which. Default: data/text, where it is there.");
    private static readonly Option<string?> s_tokens = CommandOption.Of<string?>(
        "--tokens", "Sequences of token ids in the place of text: a file of one a line (spaces or commas), or .npy, all of one length; "
        + "the last fifth is judged on.", "FILE");
    private static readonly Option<string?> s_targets = CommandOption.Of<string?>(
        "--targets", "Outputs that are right for --tokens, one for each token. Default: the next token.", "FILE");
    private static readonly Option<string?> s_checkpoints = CommandOption.Of<string?>(
        "--checkpoints", "Checkpoints of the model's training: a folder (tokens-005M.safetensors and so on) or a hub id (revisions "
        + "step1000, files checkpoints/tokens_N.pth), or several files with commas between them. Default: checkpoints beside the model, "
        + "where they are.", "FOLDER");
    private static readonly Option<string?> s_revisions = CommandOption.Of<string?>(
        "--revisions", "Which checkpoints of the training, by name or number, such as step0,step512,step143000 or 5M. Default: all. "
        + "Without --checkpoints they are revisions of the model on the hub.", "NAME,...");
    private static readonly Option<int?> s_fitBlocks = CommandOption.Of<int?>(
        "--fit-blocks", "Experiment 7: the most blocks of text, about 2,000 tokens each, that its fits see: 192, then twice as many, until "
        + "it does not matter where they start. A result of more blocks does for fewer. Default: 384.", "N");
    private static readonly Option<DirectoryInfo?> s_valueRank = CommandOption.Of<DirectoryInfo?>(
        "--value-rank-results", "A folder with what the command value-rank left. Default: data/value-rank, else out/value-rank.");

    /// <summary>The command, without its action.</summary>
    public static SampleCommand Command()
    {
        var command = new SampleCommand(
            "Tests the claim on a model: experiments on copying and rank, one report. A second run does only what is missing.")
        {
            Examples =
            [
                new("--quick", "A first look at the embedded model, into out/claim."),
                new("attn-only-2l --fold-layer-norm --out out/attn-only-2l", "A model of the hub, its normalization folded in."),
                new("--only frontier,dynamics --json", "Two of the experiments, the results as JSON."),
            ],
        };
        command.AddGroup("Experiments", s_only, s_quick, s_seed, s_fitBlocks, s_checkpoints, s_revisions, s_valueRank);
        command.AddGroup("What the model runs on", s_text, s_tokens, s_targets);
        Findings.AddTo(command, s_output);
        ModelOptions.AddTo(command, measures: true);
        EmbeddingOption.AddTo(command);
        command.Subcommands.Add(AcrossCommand.Create());
        command.Subcommands.Add(ValueRankCommand.Create());
        command.Subcommands.Add(PicturesCommand.Create());
        return command;
    }

    /// <summary>The folder of the report.</summary>
    public static string Output(ParseResult parsed) => parsed.GetRequiredValue(s_output).FullName;

    /// <summary>Adds those that hold for several models alike.</summary>
    public static void AddShared(SampleCommand command)
    {
        command.AddGroup("Experiments", s_only, s_quick, s_seed, s_fitBlocks);
        command.AddGroup("What the models run on", s_text);
    }

    /// <summary>How much is done, in words.</summary>
    public static string Extent(ParseResult parsed) => parsed.GetValue(s_quick) ? "quick: fewer ranks, seeds and repeats" : "full";

    /// <summary>The experiments, with what the command line says of them.</summary>
    /// <exception cref="ArgumentException"><c>--only</c> names an experiment that does not exist.</exception>
    public static ExperimentRunner Runner(ParseResult parsed)
    {
        var (model, loading) = ModelOptions.Named(parsed);
        return Runner(parsed, model, loading);
    }

    /// <summary>The experiments on one of several models.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">The model, as the command line names it.</param>
    /// <param name="loading">What its files do not say; null for nothing.</param>
    /// <exception cref="ArgumentException"><c>--only</c> names an experiment that does not exist.</exception>
    public static ExperimentRunner Runner(ParseResult parsed, string model, CheckpointOptions? loading)
    {
        string[]? revisions = Names(parsed.GetValue(s_revisions));
        string? checkpoints = parsed.GetValue(s_checkpoints) ?? ModelOptions.BesideModel(model, "checkpoints");
        if (checkpoints is null && revisions is not null)
            checkpoints = model.Split('@', ':')[0]; // the same model, whatever revision of it was named
        string valueRank = Existing(parsed.GetValue(s_valueRank)) ?? ValueRankCommand.DefaultResults;
        IReadOnlyList<IExperiment> experiments = ClaimExperiments.All(
            parsed.GetValue(s_quick), parsed.GetValue(s_seed), checkpoints, valueRank, revisions, loading);
        if (parsed.GetValue(s_fitBlocks) is { } most)
            experiments = [.. experiments.Select(one => one is OneOrTwoPatterns patterns ? Longer(patterns, most) : one)];
        string[]? only = Names(parsed.GetValue(s_only));
        foreach (string name in only ?? [])
            if (!s_names.Contains(name, StringComparer.Ordinal) && NearestName.Of(name, s_names) is { } meant)
                throw new ArgumentException($"There is no experiment '{name}'; did you mean {meant}?");
        return new(experiments, only);
    }

    private static OneOrTwoPatterns Longer(OneOrTwoPatterns experiment, int most) => most >= experiment.Options.FittedBlocks
        ? new(experiment.Options with { MostFittedBlocks = most })
        : throw new ArgumentException($"--fit-blocks begin with {experiment.Options.FittedBlocks}: name as many or more.");

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
        Laboratory(parsed, Output(parsed), cancellationToken);

    /// <summary>The same of one of several models.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="output">The folder of the model's report.</param>
    /// <param name="cancellationToken">Stops the work that experiments share.</param>
    public static LaboratoryOptions Laboratory(ParseResult parsed, string output, CancellationToken cancellationToken) =>
        (parsed.GetValue(s_quick) ? LaboratoryOptions.Quick : new()) with
        {
            Text = Existing(parsed.GetValue(s_text)) ?? ModelOptions.FindData("text"),
            Store = Path.Combine(output, "cache"),
            Seed = parsed.GetValue(s_seed),
            CancellationToken = cancellationToken,
        };
}
