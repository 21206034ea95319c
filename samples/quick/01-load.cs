// Loads a model and says what it is: a folder, a file, a hub id such as EleutherAI/pythia-70m, or a name such as gpt2-small.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using OVPipeline.Checkpoints;

var model = TransformerCheckpoint.Load(args is [var named] ? named : "data/attn-only-2l-quarter");
var config = model.Weights.Config;

Console.WriteLine($"{config.Name}: {config.Layers} layers of {config.Heads} heads, d_model {config.DModel}, d_head {config.DHead}");
Console.WriteLine($"{config.Vocabulary:N0} tokens, such as {string.Join(' ', model.Vocabulary.Tokens.Skip(300).Take(5))}");
if (model.Tokenizer is { } tokenizer)
    Console.WriteLine(string.Join(' ', tokenizer.EncodeToIds("The cat sat on the mat.").Select(id => model.Vocabulary[id])));
