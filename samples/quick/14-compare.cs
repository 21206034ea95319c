// Compares a head with a trained copier, token by token: both in one pipeline, each under its own names.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

var ml = new MLContext(seed: 1);
var model = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
var tokens = ml.Data.LoadVocabulary(model);

var both = ml.Transforms.ExtractOVCircuit("HeadRow", "TokenId", model, new HeadIndex(1, 1))
    .Append(ml.Transforms.ScoreTopK("HeadRow", outputColumnPrefix: "Head"))
    .Append(ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16, outputColumnName: "CopierRow"))
    .Append(ml.Transforms.ScoreTopK("CopierRow", outputColumnPrefix: "Copier"));
var scored = both.Fit(tokens).Transform(tokens);

var comparison = ml.OVCircuits().Compare(scored, "Head", "Copier");
var (first, loss) = (comparison.McNemarForAllK[0], comparison.CrossEntropyDifference);
Console.WriteLine($"first: {first.OnlyFirst} tokens only by the head, {first.OnlySecond} only by the copier");
Console.WriteLine($"log-loss: {loss.Estimate:0.000} nats, {loss.Low:0.000} to {loss.High:0.000}, over {comparison.GroupCount} groups");

// Which tokens does the head rank first and the copier not?
var onlyHead = ml.Data.FilterRowsByColumn(ml.Data.FilterRowsByColumn(scored, "HeadLabelRank", 1, 2), "CopierLabelRank", 2);
var texts = onlyHead.GetColumn<string>("Token").Take(5);
Console.WriteLine($"only by the head: {string.Join(' ', texts)}");
