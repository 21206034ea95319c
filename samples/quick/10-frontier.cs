// What can a rank do? A loop of fits, through the embeddings of the model.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var weights = TransformerCheckpoint.Load("data/attn-only-2l-quarter").Weights;
var copying = FitExamples.Copying(weights.Config.Vocabulary);

foreach (int rank in new[] { 1, 2, 4, 8, 16 })
{
    var fit = LowRankFitter.Fit(weights.W_E, weights.W_U, copying, new() { Rank = rank, Seed = 1 });
    var circuit = TokenCircuit.FromResidual(weights, $"rank {rank}", fit.Residual);
    var ranks = CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelRank = true }).LabelRanks;
    Console.WriteLine($"rank {rank,2}  {100.0 * ranks.Count(one => one == 1) / circuit.Vocabulary,5:0.0} % first");
}
