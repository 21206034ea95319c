// Direct logit attribution: what each head adds to the logit of the token that comes next.
#:project ../../src/OVPipeline.Torch/OVPipeline.Torch.csproj
#:package TorchSharp-cpu
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;

var checkpoint = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
using var model = Transformer.FromWeights(checkpoint.Weights);
var text = TextEncoding.Of(checkpoint);
long[] ids = [text.Separator, .. text.Encode("Mr. Darcy smiled, and Mr. Darcy").Select(id => (long)id)];
using var tokens = torch.tensor(ids).unsqueeze(0);
using var next = torch.cat([tokens[.., 1..], tokens[.., ^1..]], 1);

using var parts = DirectLogits.Over(model, tokens, next);
int last = ids.Length - 2; // the position before the last token
Console.WriteLine($"To the logit of {checkpoint.Vocabulary[(int)ids[^1]]} at the end of this text add most:");
var heads = checkpoint.Weights.Config.AllHeads.Select(head => (head, Adds: parts.Heads[0, last, head.Layer, head.Head].ToSingle()));
foreach (var (head, adds) in heads.OrderByDescending(one => one.Adds).Take(5))
    Console.WriteLine($"  head {head,-5} {adds,6:0.00}");
