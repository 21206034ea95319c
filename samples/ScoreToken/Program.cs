using System.CommandLine;
using Microsoft.ML;
using OVPipeline;
using OVPipeline.Samples;
using OVPipeline.Samples.ScoreToken;

var zip = new Argument<FileInfo>("zip") { Description = "A copier that ml.Model.Save wrote, such as out/copier.zip." };
var tokens = new Argument<string[]>("token")
{
    Description = "Tokens as the vocabulary shows them (a space is ␣), or #17 for the token with id 17; those that begin with a dash "
        + "after --.",
    Arity = ArgumentArity.OneOrMore,
};
var command = new SampleCommand("Asks a saved circuit which tokens it maps a token to, and where it ranks the token itself.")
{
    Examples = [new("out/copier.zip ␣the \"#300\"", "Two tokens, by the copier that ReproduceClaim leaves.")],
};
command.Arguments.Add(zip);
command.Arguments.Add(tokens);
Findings.AddTo(command);
DeviceOption.AddTo(command);

command.SetAction(parsed =>
{
    var file = parsed.GetRequiredValue(zip);
    if (!file.Exists && !Directory.Exists(file.FullName))
        throw new FileNotFoundException($"{file} does not exist: run ReproduceClaim first, or name another zip.");
    var ml = new MLContext();
    var model = ml.Model.LoadCircuit(file.FullName, out var schema);
    var circuit = model.OfType<TokenCircuitTransformer>().First();
    int[] ids = [.. parsed.GetRequiredValue(tokens).Select(text => TokenAnswers.IdOf(text, circuit.Vocabulary))];
    var scoring = DeviceOption.Engine(parsed);
    using var device = scoring as IDisposable;
    return TokenAnswers.Of(ml, model.WithEngine(scoring), schema, circuit, ids).Print(parsed);
});
return await Sample.Run(command, args);
