using System.CommandLine;
using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Experiments;
using OVPipeline.Torch;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The command that trains experiment 8's models. It runs as long as it is given and goes on where it was left.</summary>
internal static class ValueRankCommand
{
    private static readonly Option<string?> s_validation = CommandOption.Of<string?>(
        "--validation", "Text that is only tested on.", "FILE");
    private static readonly Option<string?> s_ranks = CommandOption.Of<string?>(
        "--ranks", "Value ranks, such as 4,8,16. Default: a quarter, a half and all of d_head.", "N,...");
    private static readonly Option<int> s_seeds = CommandOption.Of("--seeds", "Models at each rank.", 3);
    private static readonly Option<double?> s_minutes = CommandOption.Of<double?>(
        "--minutes", "Stops after so long; the same command goes on from there.");
    private static readonly Option<DirectoryInfo> s_output = CommandOption.Out(
        "Where the runs and value-rank.csv go.", Path.Combine("out", "value-rank"));
    private static readonly Option<string?> s_cache = CommandOption.Of<string?>(
        "--cache", "Where token files of the text are kept. Default: tokens in --out.", "FOLDER");

    /// <summary>The folder of results that the report reads where none is named.</summary>
    public static string DefaultResults => ModelOptions.FindData("value-rank") ?? Path.Combine("out", "value-rank");

    public static SampleCommand Create()
    {
        var command = new SampleCommand("value-rank", "Experiment 8: trains models of the model's shape with other value ranks, the rank "
            + "of queries and keys held. The report reads what is finished (--value-rank-results).")
        {
            Examples = [new("--text data/text --tokens 10M --ranks 4,8", "The embedded model's shape, two value ranks, three seeds each.")],
        };
        command.AddGroup("The runs", s_ranks, s_seeds, s_minutes);
        TextOptions.AddTo(command, s_validation, s_cache);
        RecipeOptions.AddTo(command);
        Findings.AddTo(command, s_output);
        ModelOptions.AddTo(command, tokenizer: false);
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = parsed.GetRequiredValue(s_output).FullName;
        var load = ModelOptions.Loader(parsed);
        int[]? ranks = Ranks(parsed.GetValue(s_ranks));
        TorchLibrary.EnsureLoaded();
        var like = await RunProgress.Show(bars => load(bars, cancellationToken), cancellationToken);
        like.Weights.Config.RequireCopying();
        var shape = AttentionOnlyConfig.Of(like.Weights.Model);
        ranks ??= [.. new[] { shape.DHead / 4, shape.DHead / 2, shape.DHead }.Where(rank => rank > 0).Distinct()];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (parsed.GetValue(s_minutes) is { } most)
            limit.CancelAfter(TimeSpan.FromMinutes(most));
        var data = Data(parsed, shape, folder, limit.Token);
        var runs = new ValueRankRuns(shape, like.Vocabulary, data, RecipeOptions.Training(parsed), RecipeOptions.Scales(parsed), folder);
        try
        {
            runs.Run(ranks, parsed.GetValue(s_seeds), RunProgress.Say, new Rows(), limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            RunProgress.Say($"The time is up: of {ranks.Length} value ranks and {parsed.GetValue(s_seeds)} seeds "
                + $"{Finished(ValueRankRow.Read(folder), ranks)}. The same command goes on from here.");
        }
        return new Findings(shape.Name).Table(ValueRankRow.Table(ValueRankRow.Read(folder))).File("results", ValueRankRow.FileIn(folder))
            .Print(parsed);
    }

    // What a report on the folder is made of.
    private static string Finished(IReadOnlyList<ValueRankRow> rows, int[] ranks) =>
        string.Join(", ", ranks.Select(rank => $"{rows.Count(row => row.ValueRank == rank)} at rank {rank}")) + " are finished";

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

    private static int[]? Ranks(string? list)
    {
        return list?.Split(',').Select(Rank).ToArray();

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
            RunProgress.Say(string.Create(CultureInfo.InvariantCulture,
                $"{row.Tokens / 1e6:0.0}M tokens: {losses}, {pair}; {row.TokensPerSecond:N0} tokens/s"));
        }
    }
}
