// Saves a trained copier as a zip and opens it again: no checkpoint is needed any more.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using Microsoft.ML;
using OVPipeline;
using OVPipeline.Checkpoints;

var ml = new MLContext(seed: 1);
var model = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
var tokens = ml.Data.LoadVocabulary(model);
var fitted = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16).Append(ml.Transforms.ScoreTopK(k: 3)).Fit(tokens);

string zip = Path.Combine(Path.GetTempPath(), $"copier-{Environment.ProcessId}.zip");
ml.Model.Save(fitted, tokens.Schema, zip);
Console.WriteLine($"{new FileInfo(zip).Length / 1024} KiB");

var loaded = new MLContext().Model.LoadCircuit(zip, out var schema);
using var engine = ml.Model.CreatePredictionEngine<TokenExample, TokenPrediction>(loaded, schema);
int id = model.Vocabulary.IdOf("␣the");
var answer = engine.Predict(new() { TokenId = (uint)id, Token = "␣the" });
string top = string.Join(' ', answer.TopTokens.Select(key => model.Vocabulary[(int)key - 1]));
Console.WriteLine($"␣the ranks itself {answer.LabelRank}; top: {top}");
File.Delete(zip);
