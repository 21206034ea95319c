// Microsoft.ML.TorchSharp 0.23.1, built for TorchSharp 0.102.7, beside OVPipeline.Torch, which brings 0.107: a line for each thing that
// works, and for each that does not with the reason. Its networks are made with random weights, as its trainers make them: what a
// trainer's Fit would do first is download weights.
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TorchSharp;
using Microsoft.ML.TorchSharp.AutoFormerV2;
using Microsoft.ML.TorchSharp.NasBert;
using Microsoft.ML.TorchSharp.Roberta;
using OVPipeline;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;

string checkpoint = args[0], picture = args[1];
var ml = new MLContext(seed: 1);

// Its convention: a device by its number, and an error where it is not there unless falling back is allowed.
Say("its engine where none is asked for", () => Device(ml));
Say("our engine where none is asked for", () => TorchEngine.FromContext(ml).GetType().Name);
var gpu = new MLContext { GpuDeviceId = 63 };
Say("its engine on GPU 63", () => Device(gpu));
Say("our engine on GPU 63", () => TorchEngine.FromContext(gpu).GetType().Name);
gpu.FallbackToCpu = true;
Say("its engine on GPU 63 or the processor", () => Device(gpu));
Say("our engine on GPU 63 or the processor", () => TorchEngine.FromContext(gpu).GetType().Name);

Say("head 1.1 scored by libtorch", () =>
{
    var model = TransformerCheckpoint.Load(checkpoint);
    var tokens = ml.Data.LoadVocabulary(model);
    using var engine = new TorchEngine("cpu");
    var scored = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1))
        .Append(ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Engine = engine })).Fit(tokens).Transform(tokens);
    return $"{ml.OVCircuits().Evaluate(scored).Top1Accuracy:P1}";
});
Say("an image", () =>
{
    using var image = MLImage.CreateFromFile(picture);
    return $"{image.Width} x {image.Height}";
});

var trainers = ml.MulticlassClassification.Trainers;
Say("TextClassification", () => trainers.TextClassification().GetType().Name);
Say("SentenceSimilarity", () => ml.Regression.Trainers.SentenceSimilarity().GetType().Name);
Say("NamedEntityRecognition", () => trainers.NamedEntityRecognition().GetType().Name);
Say("QuestionAnswer", () => trainers.QuestionAnswer().GetType().Name);
Say("ObjectDetection", () => trainers.ObjectDetection("Labels", "Predicted", "Boxes", "PredictedBoxes", "Score", "Image").GetType().Name);
Say("EvaluateObjectDetection", () =>
{
    var data = ml.Data.LoadFromEnumerable([new Detection(), new Detection()]);
    var columns = data.Schema;
    var console = Console.Out;
    Console.SetOut(TextWriter.Null); // it writes what it counts
    var metrics = ml.MulticlassClassification.EvaluateObjectDetection(
        data, columns["Labels"], columns["Boxes"], columns["Predicted"], columns["PredictedBoxes"], columns["Score"]);
    Console.SetOut(console);
    return $"mAP50 {metrics.MAP50:0.00}";
});

// Two texts of eight tokens, nothing of them masked; a picture of one colour.
var text = torch.ones([2, 8], torch.int32);
var mask = torch.zeros([2, 8], torch.@bool);
List<int> channels = [96, 192, 384, 576], depths = [2, 2, 6, 2], heads = [3, 6, 12, 18];
var classification = new TextClassificationTrainer.TextClassificationOptions();
Say("network of TextClassification", () => Run(
    "NasBert.Models.ModelForPrediction", [classification, 1, 1000, 2], text.to(torch.int64), mask));
Say("network of NamedEntityRecognition", () => Run(
    "NasBert.Models.NerModel", [new NerTrainer.NerOptions(), 1, 1000, 2], text.to(torch.int64), mask));
Say("network of QuestionAnswer", () => Run("RobertaModelForQA", [new QATrainer.Options()], text, mask));
Say("network of ObjectDetection", () => Run(
    "AutoFormerV2.AutoFormerV2", [3, channels, depths, heads, torch.CPU], torch.zeros(1, 3, 256, 256)));

static void Say(string what, Func<string> work)
{
    try
    {
        Console.WriteLine($"{what}: {work()}");
    }
    catch (Exception e)
    {
        var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
        Console.WriteLine($"{what}: {cause.GetType().Name}: {cause.Message}");
    }
}

static string Device(MLContext context) => Type("Utils.TorchUtils")
    .GetMethod("InitializeDevice", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)!
    .Invoke(null, [context])!.ToString()!;

static string Run(string network, object[] options, params object[] inputs)
{
    object module = Type(network).GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)[0].Invoke(options);
    return module.GetType().GetMethods().First(method => method.Name == "forward" && method.GetParameters().Length == inputs.Length)
        .Invoke(module, inputs)!.ToString()!;
}

static Type Type(string name)
{
    var assembly = typeof(TorchSharpCatalog).Assembly;
    return assembly.GetType("Microsoft.ML.TorchSharp." + name) ?? assembly.GetType(name, throwOnError: true)!;
}

internal sealed class Detection
{
    public string[] Labels { get; set; } = ["cat"];

    public float[] Boxes { get; set; } = [0, 0, 10, 10];

    public string[] Predicted { get; set; } = ["cat"];

    public float[] PredictedBoxes { get; set; } = [0, 0, 10, 10];

    public float[] Score { get; set; } = [0.9f];
}
