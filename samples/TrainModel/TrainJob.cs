using System.CommandLine;
using System.Text.Json;
using OVPipeline.Torch;

namespace OVPipeline.Samples.TrainModel;

/// <summary>A run from the command line: tokenizer, token files, model, training.</summary>
internal sealed class TrainJob(ParseResult parsed, CancellationToken cancellationToken)
{
    private readonly TrainingOutput _output = RunOptions.Output(parsed);
    private readonly TrainingOptions _options = RunOptions.Training(parsed);

    public async Task<int> Run()
    {
        bool resume = parsed.GetValue(RunOptions.Resume);
        if (!resume && _output.Folder.Folders.Count > 0)
        {
            throw new ArgumentException(
                $"{_output.Folder.Path} holds a run already: go on with it by --resume, or name another folder with --out.");
        }
        TorchLibrary.EnsureLoaded();
        var tokenizer = Tokenizer();
        int threads = parsed.GetValue(TextOptions.Threads);
        string tokens = parsed.GetValue(RunOptions.Cache) ?? Path.Combine(_output.Folder.Path, "tokens");
        var cache = new TokenCache(tokens, tokenizer, threads, cancellationToken);
        var training = new TokenMixture([.. TextOptions.Sources(parsed).Select(source => (cache.Open(source), source.Weight))]);
        var validation = parsed.GetValue(RunOptions.Validation) is { } text ? cache.Open(TextOptions.Source(text, false)) : null;
        var data = new TrainingData(training, validation);
        var output = _output with { Tokenizer = tokenizer.Path };
        var from = resume && output.Folder.Folders.Count > 0 ? output.Folder.LoadLast(new Sentences()) : null;
        var model = from?.Model ?? NewModel(tokenizer);
        var config = model.Config;
        if (from is not null || parsed.GetValue(RunOptions.From) is not null)
            ShapeOptions.RequireSame(parsed, config);
        RunProgress.Say($"{config.Name}: {config.Layers} layers of {config.Heads} heads, n_ctx {config.Context}; "
            + $"{training.Count:N0} tokens of text");
        if (from is not null)
        {
            bool same = Same(from.State.Options, config.Context);
            string others = same ? "" : "; its options were others, so the run is not the one it began as";
            RunProgress.Say($"Going on from {from.Folder}{others}.");
        }
        try
        {
            var log = await RunProgress.Show(bars =>
            {
                var display = new TrainingDisplay(bars.AddTask("training"));
                var trainer = new AttentionOnlyTrainer(_options);
                display.OnRow = () => TrainingChart.Draw(output.Folder.Path, config.Name);
                _ = from is null
                    ? trainer.Fit(model, data, output, display, cancellationToken)
                    : trainer.Resume(from, data, output, display, cancellationToken);
                return display.Log();
            }, cancellationToken);
            return new Findings(config.Name).ForModel(config).Table(log).File("trained model", Path.Combine(output.Folder.Path, "model"))
                .Print(parsed);
        }
        catch (OperationCanceledException) when (output.Folder.Folders is [var last, ..])
        {
            RunProgress.Say($"Stopped; saved {last}. The same command with --resume goes on from it.");
            return StopSignals.ExitCode;
        }
    }

    public TrainingTokenizer Tokenizer()
    {
        string own = Path.Combine(_output.Folder.Path, "tokenizer.model");
        if (parsed.GetValue(RunOptions.TrainTokenizer) is { } pieces && !File.Exists(own))
            SentencePieceTrainer.Train(
                TextOptions.Sources(parsed), pieces, own, threads: Math.Max(1, parsed.GetValue(TextOptions.Threads)));
        string? named = parsed.GetValue(TextOptions.Tokenizer) ?? parsed.GetValue(RunOptions.From);
        return TrainingTokenizer.Load(File.Exists(own) ? own : named ?? throw RunOptions.NoTokenizer());
    }

    private Transformer NewModel(TrainingTokenizer tokenizer)
    {
        if (parsed.GetValue(RunOptions.From) is not { } folder)
            return ShapeOptions.NewModel(parsed, tokenizer.Vocabulary);
        if (File.Exists(Path.Combine(folder, "tokenizer.model")) && TrainingTokenizer.Load(folder).Digest != tokenizer.Digest)
            throw new ArgumentException($"{tokenizer.Path} is not the tokenizer of the model in {folder}.");
        return Transformer.Load(folder);
    }

    // Whether options train alike. Lists compare by reference in records; their text compares by content.
    private bool Same(TrainingOptions other, int context)
    {
        string Text(TrainingOptions options) =>
            JsonSerializer.Serialize(options with { Context = options.Context ?? context, LogTokens = 1, ValidationWindows = 1 });
        return Text(other) == Text(_options);
    }

    private sealed class Sentences : IProgress<string>
    {
        public void Report(string value) => RunProgress.Say(value);
    }
}
