// Extracts a head's OV circuit and scores it against the whole vocabulary: how many tokens does it rank first?
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using Microsoft.ML;
using OVPipeline;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var ml = new MLContext(seed: 1);
var model = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
var tokens = ml.Data.LoadVocabulary(model);

var head = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1)).Append(ml.Transforms.ScoreTopK());
var scored = head.Fit(tokens).Transform(tokens);

Console.WriteLine($"Head 1.1 ranks {ml.OVCircuits().Evaluate(scored).Top1Accuracy:P1} of all tokens first. Some of them:");
foreach (var (id, row) in ml.Data.CreateEnumerable<TokenPrediction>(scored, reuseRowObject: false).Index().Skip(300).Take(5))
{
    string top = string.Join(' ', row.TopTokens.Select(key => model.Vocabulary[(int)key - 1]));
    Console.WriteLine($"  {model.Vocabulary[id],-6} ranks itself {row.LabelRank,4}; top: {top}");
}
