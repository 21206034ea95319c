using System.CommandLine;
using OVPipeline.Checkpoints;
using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>The options that say which model to load and what to do to its weights.</summary>
internal static class ModelOptions
{
    private const string NoScales = "none", LoneEmbedding = "lone-embedding", Measured = "measured";

    /// <summary>The model of a command line that names none.</summary>
    public static string Default { get; set; } =
        FindData("attn-only-2l-quarter") ?? Path.Combine("data", "attn-only-2l-quarter");

    private static readonly Option<string> Model = new("--model")
    {
        Description = "The same as MODEL.",
        HelpName = "MODEL",
        DefaultValueFactory = _ => Default,
    };

    private static readonly Argument<string?> Positional = new("model")
    {
        Description = "A folder with config.json, weights and tokenizer; a file of weights, or folder:file; a hub id such as "
            + "EleutherAI/pythia-70m, org/name@revision or org/name@revision:file; or one of TransformerLens' names, such as gpt2-small.",
        DefaultValueFactory = _ => null,
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Positions = CommandOption.OneOfOrNone(
        "--positions", "How a model in TransformerLens' names adds W_pos: to the embedding (standard), or for W_Q and W_K alone "
        + "(shortformer). Default: what config.json or what is known of the model says, else standard.",
        [.. CheckpointOptions.PositionKinds]);
    private static readonly Option<FileInfo?> Config = CommandOption.Of<FileInfo?>(
        "--config", "A config.json in place of the one beside the weights.");
    private static readonly Option<string?> Weights = CommandOption.Of<string?>(
        "--weights", "Which model of a file that holds several: what stands before its tensors' names, such as ema or student.encoder.",
        "PREFIX");
    private static readonly Option<string?> Tokenizer = CommandOption.Of<string?>(
        "--tokenizer", "The tokenizer's folder, or a hub id such as EleutherAI/gpt-neox-20b. Default: the model's own.", "FOLDER");
    private static readonly Option<string?> Revision = CommandOption.Of<string?>(
        "--revision", "The branch, tag or commit of a hub's model, such as step1000. Default: main.", "NAME");

    private static readonly Option<bool> Fold = CommandOption.Of<bool>(
        "--fold-layer-norm", "Folds normalizations into W_Q, W_K, W_V and W_U.");
    private static readonly Option<bool> Writing = CommandOption.Of<bool>(
        "--center-writing-weights", "Removes the mean over d_model from what writes to the residual stream.");
    private static readonly Option<bool> Unembed = CommandOption.Of<bool>(
        "--center-unembed", "Removes the mean over the vocabulary from W_U.");
    private static readonly Option<bool> Values = CommandOption.Of<bool>(
        "--fold-value-biases", "Folds value biases into the output biases.");

    private static readonly Option<string> LoneScales = CommandOption.OneOf("--norm-scales", "At what scales to hold norms in circuits, "
        + "their gains folded in: those of W_E's rows alone (lone-embedding), or none; log-losses and norms of circuits then mean nothing.",
        NoScales, LoneEmbedding);
    private static readonly Option<string> Scales = CommandOption.OneOf("--norm-scales", "At what scales to hold norms in circuits, "
        + "their gains folded in: means over training text (measured), those of W_E's rows alone (lone-embedding), or none; log-losses "
        + "and norms of circuits then mean nothing.", NoScales, LoneEmbedding, Measured);

    /// <summary>
    /// A folder of the repository's data, found from the working folder or from where the program lies; null where it is not there.
    /// </summary>
    public static string? FindData(string name) => new[] { Environment.CurrentDirectory, AppContext.BaseDirectory }.SelectMany(Parents)
        .Select(folder => Path.Combine(folder, "data", name)).FirstOrDefault(Directory.Exists);

    /// <summary>A folder in the folder of the model that a command line names; null where it is not there.</summary>
    public static string? BesideModel(ParseResult parsed, string name) => BesideModel(Source(parsed), name);

    /// <summary>A folder in a model's folder; null where it is not there.</summary>
    public static string? BesideModel(string model, string name) =>
        Path.Combine(model, name) is var folder && Directory.Exists(folder) ? Path.GetFullPath(folder) : null;

    /// <summary>Adds them to a command: the model as an argument, and the options.</summary>
    /// <param name="command">The command.</param>
    /// <param name="measures">Whether it can measure norms' scales: it runs the model on text.</param>
    /// <param name="tokenizer">Whether the model's tokenizer can be named: not where one to train with is named by the same option.</param>
    public static void AddTo(SampleCommand command, bool measures = false, bool tokenizer = true)
    {
        command.Arguments.Add(Positional);
        Option[] of = tokenizer ? [Model, Revision, Weights, Config, Positions, Tokenizer] : [Model, Revision, Weights, Config, Positions];
        command.AddGroup("The model", of);
        command.AddGroup("Its weights", Fold, Writing, Unembed, Values, measures ? Scales : LoneScales);
    }

    /// <summary>Whether a command line asks for norms' scales to be measured, which the loader does not do.</summary>
    public static bool MeasuresNorms(ParseResult parsed) => NormScales(parsed) == Measured;

    /// <summary>The model that a command line names, and what it says of it.</summary>
    public static (string Source, CheckpointOptions Options) Named(ParseResult parsed) => (Source(parsed), new()
    {
        Positions = parsed.GetValue(Positions),
        Config = parsed.GetValue(Config)?.FullName,
        Tokenizer = parsed.GetValue(Tokenizer),
        Revision = parsed.GetValue(Revision),
        Heads = HeadOptions.Named(parsed),
        Weights = parsed.GetValue(Weights),
        FoldLayerNorm = parsed.GetValue(Fold),
        CenterWritingWeights = parsed.GetValue(Writing),
        CenterUnembed = parsed.GetValue(Unembed),
        FoldValueBiases = parsed.GetValue(Values),
        NormScales = NormScales(parsed) == LoneEmbedding ? NormScaleSource.LoneEmbedding : NormScaleSource.None,
    });

    /// <summary>The model that a command line names.</summary>
    /// <exception cref="ArgumentException">It names two.</exception>
    public static string Source(ParseResult parsed)
    {
        if (parsed.GetValue(Positional) is not { } named)
            return parsed.GetRequiredValue(Model);
        return parsed.GetResult(Model) is { Implicit: false }
            ? throw new ArgumentException($"Name one model: '{named}' or --model {parsed.GetRequiredValue(Model)}.")
            : named;
    }

    /// <summary>Opens the tensors of the model that a command line names, whatever is wrong with it otherwise.</summary>
    public static Func<ProgressContext, CancellationToken, CheckpointTensors> TensorsLoader(ParseResult parsed)
    {
        var (source, options) = Named(parsed);
        return (bars, cancellationToken) =>
        {
            using var hub = new HubClient();
            return TransformerCheckpoint.OpenTensors(source, options, hub, new DownloadBars(bars), cancellationToken);
        };
    }

    /// <summary>A loader of the model that a command line names. What the hub has to send gets progress bars.</summary>
    public static Func<ProgressContext, CancellationToken, TransformerCheckpoint> Loader(ParseResult parsed)
    {
        var (source, options) = Named(parsed);
        return (bars, cancellationToken) =>
        {
            using var hub = new HubClient();
            return TransformerCheckpoint.Load(source, options, hub, new DownloadBars(bars), cancellationToken);
        };
    }

    private static string? NormScales(ParseResult parsed) =>
        parsed.GetValue(parsed.CommandResult.Command.Options.Contains(Scales) ? Scales : LoneScales);

    private static IEnumerable<string> Parents(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            yield return at.FullName;
    }
}
