// What a head of a later layer reads is not W_E: circuits over what stands at a token's place after the first layer.
#:project ../../src/OVPipeline.Torch/OVPipeline.Torch.csproj
#:package TorchSharp-cpu
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;

var raw = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
var effective = EffectiveEmbeddings.In(raw, layers: 1);

foreach (var (name, model) in new[] { ("W_E", raw), ("after layer 0", effective) })
{
    var circuit = TokenCircuit.OfHeads(model.Weights, new HeadIndex(1, 7));
    var ranks = CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelRank = true }).LabelRanks;
    Console.WriteLine($"head 1.7 over {name,-14} {100.0 * ranks.Count(rank => rank == 1) / ranks.Length,5:0.0} % first");
}
