using System.CommandLine;
using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Torch;
using Spectre.Console;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The command that trains experiment 8's models. It runs as long as it is given and goes on where it was left.</summary>
internal static class ValueRankCommand
{
    /// <summary>The folder of results that the report reads where none is named.</summary>
    public static string DefaultResults => ModelOptions.FindData("value-rank") ?? Path.Combine("out", "value-rank");

    public static Command Create()
    {
        var text = new Option<string>("--text") { Description = "Text to train on: a file (.txt, .gz, .tokens), a folder or a pattern.", Required = true };
        var validation = new Option<string?>("--validation") { Description = "Text that is only tested on." };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "A SentencePiece tokenizer.model or a folder with one. Default: the embedded model's." };
        var tokens = new Option<double>("--tokens") { Description = "Tokens to train each model on, in millions.", DefaultValueFactory = _ => 20 };
        var ranks = new Option<string?>("--ranks") { Description = "Value ranks, such as 4,8,16. Default: a quarter, a half and all of d_head." };
        var seeds = new Option<int>("--seeds") { Description = "Models at each rank.", DefaultValueFactory = _ => 3 };
        var minutes = new Option<double?>("--minutes") { Description = "Stops after so long; the same command goes on from there." };
        var output = new Option<DirectoryInfo>("--output") { Description = "Where the runs and value-rank.csv go.", DefaultValueFactory = _ => new(Path.Combine("out", "value-rank")) };
        var threads = new Option<int>("--threads") { Description = "Threads; -1 for one a core.", DefaultValueFactory = _ => -1 };
        var command = new Command("value-rank", "Experiment 8: trains models of the model's shape with other value ranks, the rank of queries and keys held. The report reads what is finished (--value-rank-results).")
            { text, validation, tokenizer, tokens, ranks, seeds, minutes, output, threads };
        ModelOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string folder = parsed.GetRequiredValue(output).FullName;
            TorchLibrary.EnsureLoaded();
            var model = ModelOptions.Loader(parsed);
            TransformerCheckpoint like = null!;
            await AnsiConsole.Progress().StartAsync(bars => Task.Run(() => like = model(bars, cancellationToken), cancellationToken));
            var shape = AttentionOnlyConfig.Of(like.Weights);
            int[] wanted = parsed.GetValue(ranks)?.Split(',').Select(rank => int.Parse(rank, CultureInfo.InvariantCulture)).ToArray() ?? [.. new[] { shape.DHead / 4, shape.DHead / 2, shape.DHead }.Where(rank => rank > 0).Distinct()];
            var own = TrainingTokenizer.Load(parsed.GetValue(tokenizer) ?? ModelOptions.FindData("attn-only-2l-quarter") ?? throw new ArgumentException("Name a tokenizer.model with --tokenizer."));
            if (own.Vocabulary != shape.Vocabulary)
                throw new ArgumentException($"The tokenizer has {own.Vocabulary:N0} tokens, {shape.Name} has {shape.Vocabulary:N0}.");
            using var training = Tokens(parsed.GetRequiredValue(text), own, folder, "training", cancellationToken);
            using var tested = parsed.GetValue(validation) is { } path ? Tokens(path, own, folder, "validation", cancellationToken) : null;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (parsed.GetValue(minutes) is { } most)
                limit.CancelAfter(TimeSpan.FromMinutes(most));
            var options = new TrainingOptions { Tokens = (long)(parsed.GetValue(tokens) * 1e6), Threads = parsed.GetValue(threads) };
            var runs = new ValueRankRuns(shape, like.Vocabulary, new(new TokenMixture(training), tested), options, folder);
            try
            {
                runs.Run(wanted, parsed.GetValue(seeds), Console.WriteLine, null, limit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Console.WriteLine("The time is up. The same command goes on from here.");
            }
            Console.WriteLine($"Results: {ValueRankRow.FileIn(folder)}");
        });
        return command;
    }

    // A text is encoded once.
    private static TokenFile Tokens(string text, TrainingTokenizer tokenizer, string folder, string name, CancellationToken cancellationToken)
    {
        if (text.EndsWith(".tokens", StringComparison.Ordinal))
            return TokenFile.Open(text);
        string path = Path.Combine(folder, $"{name}.tokens");
        if (!File.Exists(path) || TokenFile.Open(path) is var kept && Stale(kept))
            TextTokenization.Write(new TextSource(text), tokenizer, path, cancellationToken: cancellationToken);
        return TokenFile.Open(path);

        bool Stale(TokenFile file)
        {
            using (file)
                return file.TokenizerDigest != tokenizer.Digest;
        }
    }
}
