// What can no circuit of a rank and a norm do, found or not? A certified lower bound on its log-loss, beside what the head has.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var weights = TransformerCheckpoint.Load("data/attn-only-2l-quarter").Weights;
var head = TokenCircuit.OfHeads(weights, new HeadIndex(1, 1));
double norm = head.Residual.FrobeniusNorm();
double own = CpuEngine.Shared.ScoreVocabulary(head, new() { LabelLogLoss = true }).LabelLogLosses.Average();

var bound = LowRankBounder.Find(weights.W_E, weights.W_U, FitExamples.Copying(weights.Config.Vocabulary),
    new() { Rank = head.Rank, Norm = norm, Tolerance = 0.2 });

Console.WriteLine($"Head 1.1 has rank {head.Rank}, norm {norm:0.0} and a log-loss of {own:0.000} nats.");
Console.WriteLine($"No circuit of that rank and norm has less than {bound.Bound:0.000} ({bound.Steps} steps).");
