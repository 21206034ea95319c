// Puts a trained copier in the place of two heads: it copies better by its weights, but does the model run better with it?
#:project ../../src/OVPipeline.Torch/OVPipeline.Torch.csproj
#:package TorchSharp-cpu
#:property PublishAot=false
using System.IO.Compression;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;

var checkpoint = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
var weights = checkpoint.Weights;
HeadIndex first = new(1, 1), second = new(1, 7);
double norm = TokenCircuit.OfHeads(weights, second).Residual.FrobeniusNorm();
var copier = LowRankFitter.Fit(weights.W_E, weights.W_U, FitExamples.Copying(weights.Config.Vocabulary),
    new() { Rank = 16, Seed = 1, MaxNorm = norm }).Residual;

using var model = Transformer.FromWeights(weights);
var text = TextEncoding.Of(checkpoint);
using var book = new StreamReader(new GZipStream(File.OpenRead("data/text/validation.txt.gz"), CompressionMode.Decompress));
var ids = text.Encode(book.ReadToEnd()[..50_000]);
using var tokens = torch.tensor([.. ids.Take(32 * 256).Select(id => (long)id)], [32, 256]);
tokens[.., 0] = text.Separator;
Console.WriteLine($"1.1 and 1.7 as they are  {Loss(HeadInterventions.None):0.000} nats a token");
Console.WriteLine($"without them             {Loss(HeadInterventions.None.ZeroAblate(first, second)):0.000}");
foreach (double scale in new[] { 0.1, 0.3, 1 })
{
    var instead = HeadInterventions.None.ReplaceOV(copier, scale, second).ZeroAblate(first);
    Console.WriteLine($"a copier times {scale:0.0}       {Loss(instead):0.000}");
}

double Loss(HeadInterventions interventions)
{
    using var pass = model.Run(tokens, ForwardParts.Losses, interventions);
    return pass.Losses.mean().ToDouble();
}
