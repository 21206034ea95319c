// What a program outside the tree does with the packages alone: compares a head with a copier, saves it, loads it, scores again.
using Microsoft.ML;
using OVPipeline;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;

var ml = new MLContext(seed: 1);
var model = TransformerCheckpoint.Load(args[0]);
var tokens = ml.Data.LoadVocabulary(model);
var head = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1)).Append(ml.Transforms.ScoreTopK()).Fit(tokens);
var copier = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 4).Append(ml.Transforms.ScoreTopK()).Fit(tokens);
ml.Model.Save(copier, tokens.Schema, "copier.zip");
var loaded = ml.Model.Load("copier.zip", out _);
double Top1(ITransformer scored) => ml.OVCircuits().Evaluate(scored.Transform(tokens)).Top1Accuracy;
Console.WriteLine($"head 1.1 {Top1(head):P1}, copier {Top1(copier):P1}, loaded {Top1(loaded):P1}, {nameof(CopyingTable)} of {typeof(CopyingTable).Assembly.GetName().Name}");
return Top1(copier) == Top1(loaded) && Top1(head) > 0.2 ? 0 : 1;
