// Trains one pair of matrices of a head's rank to copy, through the model's own embeddings, and tests it on tokens it never saw.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using Microsoft.ML;
using OVPipeline;
using OVPipeline.Checkpoints;

var ml = new MLContext(seed: 1);
var model = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
var tokens = ml.Data.LoadVocabulary(model);
var copier = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16).Append(ml.Transforms.ScoreTopK());

var all = ml.OVCircuits().Evaluate(copier.Fit(tokens).Transform(tokens));
Console.WriteLine($"Trained on all tokens: {all.Top1Accuracy:P1} first, {all.TopKAccuracyForAllK[4]:P1} in the top 5");

var split = ml.Data.TrainTestSplit(tokens, testFraction: 0.2);
var unseen = ml.OVCircuits().Evaluate(copier.Fit(split.TrainSet).Transform(split.TestSet));
Console.WriteLine($"Of {unseen.TokenCount} tokens that were kept out: {unseen.Top1Accuracy:P1} first");
