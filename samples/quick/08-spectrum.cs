// A circuit's singular values, and its copying score: the share of its eigenvalues that point at the token itself.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var weights = TransformerCheckpoint.Load("data/attn-only-2l-quarter").Weights;

foreach (var head in weights.Config.HeadsOf(1))
{
    var circuit = TokenCircuit.OfHeads(weights, head);
    string values = string.Join(' ', circuit.Logits.SingularValues().Take(6).Select(value => $"{value,7:0.0}"));
    Console.WriteLine($"{head,-5} copying score {circuit.CopyingScore(),6:0.000}   singular values {values} ...");
}
