using Microsoft.ML;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>The cost of scoring through ML.NET beside that of the bare engine with the same outputs over the same rows.</summary>
internal static class PipelineComparison
{
    private const int TopK = 5;

    /// <summary>Measures a head of each rank.</summary>
    public static IEnumerable<PipelineResult> Run(CompareOptions options, CancellationToken cancellationToken)
    {
        foreach (int rank in options.Ranks)
            yield return Compare(SyntheticHead.Create(options.Vocabulary, options.Width, rank, seed: 1), options, cancellationToken);
    }

    private static PipelineResult Compare(TokenCircuit circuit, CompareOptions options, CancellationToken cancellationToken)
    {
        var ml = new MLContext(seed: 1);
        var vocabulary = new Vocabulary([.. Enumerable.Range(0, circuit.Vocabulary).Select(token => $"token {token}")]);
        var tokens = ml.Data.LoadVocabulary(vocabulary);
        var unpacked = circuit;
        ITransformer pipeline = null!;
        void Unpack() => unpacked = Copying.Unpacked(circuit);
        void Fit()
        {
            Unpack();
            pipeline = ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", unpacked, vocabulary)
                .Append(ml.Transforms.ScoreTopK("Circuit", TopK)).Fit(tokens);
        }
        Contestant Engine(string name, ScoringOptions outputs) =>
            new(name, circuit.Vocabulary, rows => ScoreInBlocks(unpacked, outputs, rows)) { Prepare = Unpack };
        Contestant Pipeline(string name, Action<IDataView> pass) =>
            new(name, circuit.Vocabulary, rows => pass(pipeline.Transform(ml.Data.TakeRows(tokens, rows)))) { Prepare = Fit };
        Contestant[] contestants =
        [
            Engine("Transform and a pass over all columns", new() { TopK = TopK, LabelRank = true, LabelLogLoss = true }),
            Pipeline("", data => DataViewPass.Read(data)),
            Engine("Evaluate", new() { LabelRank = true, LabelLogLoss = true }),
            Pipeline("", data => ml.OVCircuits().Evaluate(data)),
        ];
        var (measurements, _) = Interleaving.Run(contestants, options.Rounds, cancellationToken);
        return new(circuit.Name, circuit.Vocabulary, circuit.Rank, [Line(0), Line(2)]);

        PipelineLine Line(int engine)
        {
            Measurement bare = measurements[engine], whole = measurements[engine + 1];
            return new(contestants[engine].Name, bare.Seconds, whole.Seconds, whole.Seconds.Median / bare.Seconds.Median,
                bare.PeakMegabytes, whole.PeakMegabytes);
        }
    }

    // As many rows at a time as the engine likes, with room that is reused, as any caller would.
    private static void ScoreInBlocks(TokenCircuit circuit, ScoringOptions outputs, int rows)
    {
        var engine = CpuEngine.Shared;
        var scores = new ScoredRows(outputs, Math.Min(engine.PreferredRows, rows), circuit.Vocabulary);
        int[] labels = [.. Enumerable.Range(0, rows)];
        for (int from = 0; from < rows; from += scores.Capacity)
        {
            int count = Math.Min(scores.Capacity, rows - from);
            engine.Score(circuit.Columns, circuit.H.Data.AsMemory(from * circuit.Rank, count * circuit.Rank),
                labels.AsMemory(from, count), scores);
        }
    }
}
