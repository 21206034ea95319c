// Evaluates as ML.NET does: metrics of scored data, and cross-validation of an estimator.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using Microsoft.ML;
using OVPipeline;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var ml = new MLContext(seed: 1);
var model = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
var tokens = ml.Data.LoadVocabulary(model);

var head = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 7)).Append(ml.Transforms.ScoreTopK());
var metrics = ml.OVCircuits().Evaluate(head.Fit(tokens).Transform(tokens));
Console.WriteLine($"head 1.7: top-1 {metrics.Top1Accuracy:P1}, MRR {metrics.MeanReciprocalRank:0.000}");
Console.WriteLine($"          log-loss {metrics.CrossEntropy:0.000} nats, d' {metrics.SignalSeparation:0.00}");

var copier = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16).Append(ml.Transforms.ScoreTopK());
foreach (var fold in ml.OVCircuits().CrossValidate(tokens, copier, numberOfFolds: 3, seed: 1))
    Console.WriteLine($"copier, fold {fold.Fold}: top-1 {fold.Metrics.Top1Accuracy:P1} of {fold.Metrics.TokenCount} tokens it never saw");
