// What does a head attend to? The pattern of an induction head on a text in which words come again.
#:project ../../src/OVPipeline.Torch/OVPipeline.Torch.csproj
#:package TorchSharp-cpu
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Torch;
using TorchSharp;

var checkpoint = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
using var model = Transformer.FromWeights(checkpoint.Weights);
var text = TextEncoding.Of(checkpoint);
long[] ids = [text.Separator, .. text.Encode("Mr. Darcy smiled, and Mr. Darcy went away").Select(id => (long)id)];
using var tokens = torch.tensor(ids).unsqueeze(0);

using var pass = model.Run(tokens, ForwardParts.Patterns);
using var pattern = pass.Patterns[1][0, 7]; // layer 1, head 7: [from, to]
for (int from = 1; from < ids.Length; from++)
{
    int to = (int)pattern[from].argmax().ToInt64();
    string[] shown = [checkpoint.Vocabulary[(int)ids[from]], to == 0 ? "the beginning" : checkpoint.Vocabulary[(int)ids[to]]];
    Console.WriteLine($"{shown[0],-10} attends to {shown[1],-14} {pattern[from, to].ToSingle():P0}");
}
