// Follows two heads through the checkpoints of a training.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var series = CheckpointSeries.Open("data/attn-only-2l-quarter");
foreach (var checkpoint in series.Checkpoints)
{
    var weights = series.Load(checkpoint);
    var shares = new HeadIndex[] { new(1, 1), new(1, 7) }.Select(head =>
    {
        var ranks = CpuEngine.Shared.ScoreVocabulary(TokenCircuit.OfHeads(weights, head), new() { LabelRank = true }).LabelRanks;
        return $"{head} {100.0 * ranks.Count(rank => rank == 1) / ranks.Length,5:0.0} %";
    });
    Console.WriteLine($"{checkpoint.Position / 1e6,3:0}M tokens  {string.Join("   ", shares)}");
}
