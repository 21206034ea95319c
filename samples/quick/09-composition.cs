// Which earlier heads does a later one read? Composition scores by the weights, and the virtual head that two of them make.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var weights = TransformerCheckpoint.Load("data/attn-only-2l-quarter").Weights;

foreach (var pair in CompositionScores.OfModel(weights).OrderByDescending(pair => pair.K).Take(3))
    Console.WriteLine($"K-composition {pair.K:0.000}: head {pair.Later} looks for what head {pair.Earlier} moved");

foreach (var pair in CompositionScores.OfModel(weights).OrderByDescending(pair => pair.V).Take(3))
{
    var virtualHead = TokenCircuit.OfVirtualHead(weights, pair.Earlier, pair.Later);
    Console.WriteLine($"V-composition {pair.V:0.000}: {virtualHead.Name}, copying score {virtualHead.CopyingScore():0.000}");
}
