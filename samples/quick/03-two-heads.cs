// Two heads and their sum: the sum has twice the rank, and copies twice as much.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var weights = TransformerCheckpoint.Load("data/attn-only-2l-quarter").Weights;
HeadIndex first = new(1, 1), second = new(1, 7);

foreach (var heads in new HeadIndex[][] { [first], [second], [first, second] })
{
    var circuit = TokenCircuit.OfHeads(weights, heads);
    var ranks = CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelRank = true }).LabelRanks;
    Console.WriteLine($"{circuit.Name,-9}  rank {circuit.Rank}  {100.0 * ranks.Count(rank => rank == 1) / circuit.Vocabulary:0.0} % first");
}
