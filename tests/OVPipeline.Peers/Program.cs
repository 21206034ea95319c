using System.CommandLine;
using OVPipeline.Peers;
using Spectre.Console;

if (Console.IsOutputRedirected)
    AnsiConsole.Profile.Width = 140; // a file has no width of its own
var command = new RootCommand("Runs models here and by llama.cpp and ONNX Runtime, and prints how far they are apart.");
var stories = new Option<string>("--stories")
{
    Description = "A folder with a Llama whose greedy text is compared too.",
    DefaultValueFactory = _ => Path.Combine("..", "shared", "models", "real", "stories260K"),
};
command.Add(stories);
command.SetAction(parsed => PeersCommand.Run(parsed.GetValue(stories)!));
command.Add(SpeedCommand.Create());
command.Add(MemoryCommand.Create());
return await command.Parse(args).InvokeAsync();
