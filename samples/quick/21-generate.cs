// Writes on: a token at a time, by temperature, with a seed.
#:project ../../src/OVPipeline.Torch/OVPipeline.Torch.csproj
#:package TorchSharp-cpu
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Torch;

var checkpoint = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
using var model = Transformer.FromWeights(checkpoint.Weights);
var text = TextEncoding.Of(checkpoint);
int[] prompt = [text.Separator, .. text.Encode(args is [var named] ? named : "Mr. Darcy smiled, and")];

List<int> written = [.. prompt];
foreach (int token in model.Generate(prompt, new() { MaxTokens = 40, Temperature = 0.7, Seed = 1 }))
    written.Add(token);
Console.WriteLine(checkpoint.Tokenizer!.Decode(written.Skip(1)));
