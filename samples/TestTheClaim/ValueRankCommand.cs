using System.CommandLine;
using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Experiments;
using OVPipeline.Torch;
using Spectre.Console;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The command that trains experiment 8's models. It runs as long as it is given and goes on where it was left.</summary>
internal static class ValueRankCommand
{
    private static readonly Option<string?> s_validation = new("--validation") { Description = "Text that is only tested on." };
    private static readonly Option<string?> s_ranks = new("--ranks")
    {
        Description = "Value ranks, such as 4,8,16. Default: a quarter, a half and all of d_head.",
    };

    private static readonly Option<int> s_seeds = new("--seeds") { Description = "Models at each rank.", DefaultValueFactory = _ => 3 };
    private static readonly Option<double?> s_minutes = new("--minutes")
    {
        Description = "Stops after so long; the same command goes on from there.",
    };

    private static readonly Option<DirectoryInfo> s_output = new("--output")
    {
        Description = "Where the runs and value-rank.csv go.",
        DefaultValueFactory = _ => new(Path.Combine("out", "value-rank")),
    };

    private static readonly Option<string?> s_cache = new("--cache")
    {
        Description = "Where token files of the text are kept. Default: tokens in --output.",
    };

    /// <summary>The folder of results that the report reads where none is named.</summary>
    public static string DefaultResults => ModelOptions.FindData("value-rank") ?? Path.Combine("out", "value-rank");

    public static Command Create()
    {
        var command = new Command("value-rank", "Experiment 8: trains models of the model's shape with other value ranks, the rank of "
            + "queries and keys held. The report reads what is finished (--value-rank-results).")
        {
            s_validation, s_ranks, s_seeds, s_minutes, s_output, s_cache,
        };
        TextOptions.AddTo(command);
        RecipeOptions.AddTo(command);
        ModelOptions.AddTo(command, tokenizer: false);
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = parsed.GetRequiredValue(s_output).FullName;
        TorchLibrary.EnsureLoaded();
        var load = ModelOptions.Loader(parsed);
        TransformerCheckpoint like = null!;
        await AnsiConsole.Progress().StartAsync(bars => Task.Run(() => like = load(bars, cancellationToken), cancellationToken));
        like.Weights.Config.RequireCopying();
        var shape = AttentionOnlyConfig.Of(like.Weights.Model);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (parsed.GetValue(s_minutes) is { } most)
            limit.CancelAfter(TimeSpan.FromMinutes(most));
        var data = Data(parsed, shape, folder, limit.Token);
        var runs = new ValueRankRuns(shape, like.Vocabulary, data, RecipeOptions.Training(parsed), RecipeOptions.Scales(parsed), folder);
        try
        {
            runs.Run(Ranks(parsed, shape), parsed.GetValue(s_seeds), Console.WriteLine, new Rows(), limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Console.WriteLine("The time is up. The same command goes on from here.");
        }
        Console.WriteLine($"Results: {ValueRankRow.FileIn(folder)}");
        return 0;
    }

    private static TrainingData Data(ParseResult parsed, AttentionOnlyConfig shape, string folder, CancellationToken cancellationToken)
    {
        string model = parsed.GetValue(TextOptions.Tokenizer) ?? ModelOptions.FindData("attn-only-2l-quarter")
            ?? throw new ArgumentException("Name a tokenizer.model with --tokenizer.");
        var tokenizer = TrainingTokenizer.Load(model);
        if (tokenizer.Vocabulary != shape.Vocabulary)
            throw new ArgumentException($"The tokenizer has {tokenizer.Vocabulary:N0} tokens, {shape.Name} has {shape.Vocabulary:N0}.");
        string tokens = parsed.GetValue(s_cache) ?? Path.Combine(folder, "tokens");
        var cache = new TokenCache(tokens, tokenizer, parsed.GetValue(TextOptions.Threads), cancellationToken);
        var training = new TokenMixture([.. TextOptions.Sources(parsed).Select(source => (cache.Open(source), source.Weight))]);
        return new(training, parsed.GetValue(s_validation) is { } text ? cache.Open(TextOptions.Source(text, false)) : null);
    }

    private static int[] Ranks(ParseResult parsed, AttentionOnlyConfig shape)
    {
        return parsed.GetValue(s_ranks)?.Split(',').Select(Rank).ToArray()
            ?? [.. new[] { shape.DHead / 4, shape.DHead / 2, shape.DHead }.Where(rank => rank > 0).Distinct()];

        static int Rank(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && rank > 0
            ? rank
            : throw new ArgumentException($"--ranks are whole numbers such as 4,8,16; '{text}' is none.");
    }

    // A line for each row of the log.
    private sealed class Rows : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Row is not { } row)
                return;
            string losses = string.Create(CultureInfo.InvariantCulture,
                $"train {row.TrainLoss:0.000}, validation {row.ValidationLoss:0.000}");
            string pair = string.Create(CultureInfo.InvariantCulture, $"best pair {row.BestPair?.Name} {row.BestPair?.Top1:P1}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {row.Tokens / 1e6:0.0}M tokens: {losses}, {pair}; {row.TokensPerSecond:N0} tokens/s"));
        }
    }
}
