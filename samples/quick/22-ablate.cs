// Takes heads away and looks at the loss on text: which of them does the model need?
#:project ../../src/OVPipeline.Torch/OVPipeline.Torch.csproj
#:package TorchSharp-cpu
#:property PublishAot=false
using System.IO.Compression;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;

var checkpoint = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
using var model = Transformer.FromWeights(checkpoint.Weights);
var text = TextEncoding.Of(checkpoint);
using var book = new StreamReader(new GZipStream(File.OpenRead("data/text/validation.txt.gz"), CompressionMode.Decompress));
var ids = text.Encode(book.ReadToEnd()[..50_000]);
using var tokens = torch.tensor([.. ids.Take(32 * 256).Select(id => (long)id)], [32, 256]);
tokens[.., 0] = text.Separator; // every window begins as a document does

double whole = Loss(HeadInterventions.None);
Console.WriteLine($"as it is             {whole:0.000} nats a token");
foreach (var heads in new HeadIndex[][] { [new(0, 7)], [new(1, 1)], [new(1, 7)], [new(1, 1), new(1, 7)] })
{
    double change = Loss(HeadInterventions.None.ZeroAblate(heads)) - whole;
    Console.WriteLine($"without {string.Join(" and ", heads),-12} {change:+0.000;-0.000}");
}

double Loss(HeadInterventions interventions)
{
    using var pass = model.Run(tokens, ForwardParts.Losses, interventions);
    return pass.Losses.mean().ToDouble();
}
