// Opens a file as it is: safetensors, PyTorch, GGUF or ONNX. What it holds, and the model in it.
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using OVPipeline.Checkpoints;

string path = args is [var named] ? named : "tests/OVPipeline.Checkpoints.Tests/Fixtures/PyTorch/protocol4.pth";
using var hub = new HubClient();
var tensors = TransformerCheckpoint.OpenTensors(path, null, hub, null, default);

Console.WriteLine($"{Path.GetFileName(path)}: {tensors.Format}, {tensors.Tensors.Count} tensors");
foreach (var tensor in tensors.Tensors.Take(5))
    Console.WriteLine($"  {tensor.Name}  {tensor.Type} [{string.Join(", ", tensor.Shape)}]");
