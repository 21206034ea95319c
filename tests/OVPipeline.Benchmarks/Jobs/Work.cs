using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>A figure that a work process hands to the one that started it: what a part took.</summary>
internal sealed record WorkFigure(string Name, double Seconds, double ProcessorSeconds);

/// <summary>
/// The <c>work</c> command: jobs that are no sample's, each a process of its own. What it prints is for the one that started it.
/// </summary>
internal static class Work
{
    public const string Name = "work", Pairs = "pairs", Temperature = "temperature", Kernels = "kernels", Torch = "torch-claim";
    public const string InProportion = "in proportion";

    private const int Rounds = 3, TopK = 5;

    public static Command Create()
    {
        var what = new Argument<string>("what");
        what.AcceptOnlyFromAmong(Pairs, Temperature, Kernels, Torch);
        var vocabulary = Numbers.Count("--vocabulary", "Tokens, V.", 50278, least: 16);
        var width = Numbers.Count("--d-model", "Width of the embeddings.", 768);
        var rows = Numbers.Share("--rows", "Share of the rows that libtorch scores, and of the steps of its fits that it takes.", 0.25);
        var steps = Numbers.Count("--fit-steps", "Steps of libtorch's fits.", 300);
        var model = new Option<string>("--model") { Description = "The model of libtorch's table." };
        var command = new Command(Name) { what, vocabulary, width, rows, steps, model };
        command.Hidden = true;
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            int v = parsed.GetValue(vocabulary), d = parsed.GetValue(width);
            var figures = parsed.GetRequiredValue(what) switch
            {
                Pairs => OfPairs(v, d, cancellationToken),
                Temperature => OfTemperature(v, d),
                Kernels => OfKernels(v, d, cancellationToken),
                _ => OfTorch(parsed.GetRequiredValue(model), parsed.GetValue(rows), parsed.GetValue(steps), cancellationToken),
            };
            Console.WriteLine(JsonSerializer.Serialize(figures));
        }, cancellationToken));
        return command;
    }

    /// <summary>What a work process printed.</summary>
    public static IReadOnlyList<WorkFigure> Figures(string output) => JsonSerializer.Deserialize<WorkFigure[]>(output)!;

    private static List<WorkFigure> OfPairs(int vocabulary, int width, CancellationToken cancellationToken)
    {
        var model = CourseModel.Create(vocabulary, width, layers: 1);
        return [Timed(Pairs, () => CopyingHeads.Find(model, new() { CancellationToken = cancellationToken }))];
    }

    // An evaluation alone, and one with its temperature, in turn: the least of the rounds.
    private static List<WorkFigure> OfTemperature(int vocabulary, int width)
    {
        var ml = new MLContext(seed: 1);
        List<WorkFigure> figures = [];
        foreach (int rank in new[] { 64, 128 })
        {
            var circuit = SyntheticHead.Create(vocabulary, width, rank, seed: 1);
            var named = new Vocabulary([.. Enumerable.Range(0, circuit.Vocabulary).Select(token => $"token {token}")]);
            var tokens = ml.Data.LoadVocabulary(named);
            var scored = ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", circuit, named)
                .Append(ml.Transforms.ScoreTopK("Circuit", TopK)).Fit(tokens).Transform(tokens);
            List<WorkFigure> evaluations = [], whole = [];
            for (int round = 0; round <= Rounds; round++)
            {
                var one = Timed($"evaluation, rank {rank}", () => ml.OVCircuits().Evaluate(scored));
                var both = Timed($"with temperature, rank {rank}",
                    () => ml.OVCircuits().EvaluateCopying(scored, circuit.Name, CircuitKind.Head));
                if (round == 0)
                    continue; // compiles, and packs the columns
                evaluations.Add(one);
                whole.Add(both);
            }
            figures.Add(Least(evaluations));
            figures.Add(Least(whole));
        }
        return figures;
    }

    // The parts whose speed depends on the instruction set, at sizes that the slowest of them bears.
    private static List<WorkFigure> OfKernels(int vocabulary, int width, CancellationToken cancellationToken)
    {
        const int Steps = 10;
        var heads = new[] { 64, 128 }.Select(rank => SyntheticHead.Create(vocabulary, width, rank, seed: 1)).ToArray();
        var model = SyntheticModel.Create(vocabulary, width, noise: 0.5, seed: 1);
        var pairs = CircuitSums.OfHeads(CourseModel.Create(vocabulary, width, layers: 1),
            [.. Enumerable.Range(1, CourseModel.Heads - 1).Select(other => new HeadIndex[] { new(0, 0), new(0, other) })]);
        List<(string Name, Action Run)> parts =
        [
            .. heads.Select(head => ($"rank of the label, rank {head.Rank}", Score(head, new() { LabelRank = true }))),
            ("top 5, rank 64", Score(heads[0], new() { TopK = TopK })),
            ("log-loss, rank 64", Score(heads[0], new() { LabelRank = true, LabelLogLoss = true })),
            ("pairs of a layer", () => CpuEngine.Shared.RankSums(pairs, cancellationToken)),
            ("product with W_U, rank 64", () => MatrixProduct.Multiply(heads[0].Residual.B, model.Unembedding)),
            ($"fit, {Steps} steps", () => LowRankFitter.Fit(model.Embedding, model.Unembedding, FitExamples.Copying(vocabulary),
                new() { Rank = 64, MaxSteps = Steps }, cancellationToken: cancellationToken)),
        ];
        return [.. parts.Select(part =>
            Least(Enumerable.Range(0, Rounds).Select(_ => Timed(part.Name, () => { part.Run(); return 0; }))))];

        static Action Score(TokenCircuit circuit, ScoringOptions options) => () => Copying.Score(circuit, options, circuit.Vocabulary);
    }

    private static List<WorkFigure> OfTorch(string path, double share, int steps, CancellationToken cancellationToken)
    {
        using var claim = new TorchClaim(TransformerCheckpoint.Load(path).Weights, share, steps, cancellationToken);
        var (table, seconds) = claim.Run();
        foreach (var row in table)
            Console.Error.WriteLine(row);
        return [new(InProportion, seconds, 0)];
    }

    private static WorkFigure Least(IEnumerable<WorkFigure> rounds) => rounds.MinBy(round => round.ProcessorSeconds)!;

    private static WorkFigure Timed<T>(string name, Func<T> work)
    {
        var before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        GC.KeepAlive(work());
        return new(name, Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }
}
