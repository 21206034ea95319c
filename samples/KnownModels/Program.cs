using System.CommandLine;
using OVPipeline.Checkpoints;
using OVPipeline.Samples;
using OVPipeline.Samples.KnownModels;

var name = new Argument<string?>("name")
{
    Description = "A model's name or id: what is known of it alone. Default: all, a table of Markdown, which stands in docs/models.md.",
    Arity = ArgumentArity.ZeroOrOne,
};
var command = new SampleCommand("Lists the models that TransformerLens knows by name, by family, and whether their weights are read.")
{
    Examples = [new("", "All of them."), new("gpt2-small", "One of them."), new("--json", "All of them, a row for each name.")],
};
command.Arguments.Add(name);
Findings.AddTo(command);

command.SetAction(parsed =>
{
    var models = ModelNames.All();
    if (parsed.GetValue(name) is not { } asked)
        return new Findings("models").ForPrograms(NameTable.Of(models)).ForPeople(NameTable.Lines(models)).Print(parsed);
    var found = NameTable.Find(asked) ?? throw NameTable.Unknown(asked);
    return new Findings(found.Id).ForPrograms(NameTable.Of([found])).ForPeople([NameTable.Line(found)]).Print(parsed);
});
return await Sample.Run(command, args);
