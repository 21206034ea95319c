// Cuts the sum of two heads to fewer ranks, the best way there is (Eckart and Young), and looks at what is left of its copying.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var weights = TransformerCheckpoint.Load("data/attn-only-2l-quarter").Weights;
var pair = TokenCircuit.OfHeads(weights, new HeadIndex(1, 1), new HeadIndex(1, 7));

foreach (int rank in new[] { 32, 24, 16, 8, 4, 2 })
{
    var cut = pair.Truncate(rank);
    var ranks = CpuEngine.Shared.ScoreVocabulary(cut, new() { LabelRank = true }).LabelRanks;
    Console.WriteLine($"rank {rank,2}  {100.0 * ranks.Count(one => one == 1) / cut.Vocabulary,5:0.0} % first");
}
