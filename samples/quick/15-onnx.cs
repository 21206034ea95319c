// Compares a head with a trained copier, saves the copier, exports it to ONNX, and has that file run: the same five tokens for each token.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:package Microsoft.ML.OnnxConverter
#:package Microsoft.ML.OnnxTransformer
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false
using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var ml = new MLContext(seed: 1);
var model = TransformerCheckpoint.Load(args is [var named] ? named : "data/attn-only-2l-quarter");
var tokens = ml.Data.LoadVocabulary(model);

var head = ml.Transforms.ExtractOVCircuit("HeadRow", "TokenId", model, new HeadIndex(1, 1))
    .Append(ml.Transforms.ScoreTopK("HeadRow", outputColumnPrefix: "Head"));
var copier = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16, outputColumnName: "CopierRow")
    .Append(ml.Transforms.ScoreTopK("CopierRow", outputColumnPrefix: "Copier")).Fit(tokens);
var comparison = ml.OVCircuits().Compare(copier.Append(head.Fit(tokens)).Transform(tokens), "Head", "Copier");
var first = comparison.McNemarForAllK[0];
Console.WriteLine($"ranked first: {first.OnlyFirst} tokens only by the head, {first.OnlySecond} only by the copier");

Directory.CreateDirectory("out");
ml.Model.Save(copier, tokens.Schema, "out/copier.zip");
var ids = ml.Transforms.SelectColumns("TokenId").Fit(tokens).Transform(tokens);
using (var file = File.Create("out/copier.onnx"))
    ml.Model.ConvertToOnnx(ml.Model.Load("out/copier.zip", out _), ids, file);

var keys = ml.Data.LoadFromEnumerable(ids.GetColumn<uint>("TokenId").Select(key => new { TokenId = key }));
var onnx = ml.Transforms.ApplyOnnxModel(["CopierTopTokens.output"], ["TokenId"], "out/copier.onnx").Fit(keys).Transform(keys);
var ours = copier.Transform(tokens).GetColumn<uint[]>("CopierTopTokens");
var same = ours.Zip(onnx.GetColumn<uint[]>("CopierTopTokens"), Enumerable.SequenceEqual).Count(equal => equal);
Console.WriteLine($"from out/copier.onnx: the same top 5 for {same:N0} of {model.Vocabulary.Count:N0} tokens");
