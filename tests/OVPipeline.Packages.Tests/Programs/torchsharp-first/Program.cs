// TorchSharp is called before anything of ours.
using OVPipeline.Torch;
using TorchSharp;

try
{
    Console.WriteLine($"TorchSharp: {torch.ones(2).sum().ToSingle()}");
}
catch (TypeInitializationException e)
{
    Console.WriteLine($"TorchSharp: {e.InnerException!.GetType().Name}");
}
Console.WriteLine($"OVPipeline.Torch: {TorchLibrary.WhyUnavailable() ?? "loaded"}");
