// Runs a model on a text: the loss of each token, and what it expects next.
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

using var pass = model.Run(tokens, ForwardParts.Logits | ForwardParts.Losses);
float[] losses = [.. pass.Losses[0].data<float>()];
for (int i = 0; i < losses.Length; i++)
    Console.WriteLine($"{checkpoint.Vocabulary[(int)ids[i + 1]],-10} {losses[i],7:0.000} nats");
Console.WriteLine($"next: {checkpoint.Vocabulary[(int)pass.Logits[0, -1].argmax().ToInt64()]}");
