// The models that TransformerLens knows by name, by family, and whether their weights are read: a table of Markdown, which stands in
// docs/models.md.
// dotnet run -c Release --project samples/KnownModels [-- NAME] : with a name, what is known of that model alone.
using OVPipeline.Checkpoints;
using OVPipeline.Samples.KnownModels;

if (args is [string name])
{
    var found = NameTable.Find(name);
    Console.WriteLine(found is null ? $"TransformerLens has no model of the name {name}." : NameTable.Line(found));
    return found is null ? 2 : 0;
}
foreach (string line in NameTable.Lines(ModelNames.All()))
    Console.WriteLine(line);
return 0;
