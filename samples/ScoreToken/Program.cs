using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline;
using OVPipeline.Samples;
using OVPipeline.Samples.ScoreToken;
using Spectre.Console;

var zip = new Argument<FileInfo>("zip") { Description = "A copier that ml.Model.Save wrote, such as out/copier.zip." };
var tokens = new Argument<string[]>("token")
{
    Description = "Tokens as the vocabulary shows them (a space is ␣), or #17 for the token with id 17.",
    Arity = ArgumentArity.OneOrMore,
};
var command = new RootCommand("Asks a saved circuit which tokens it maps a token to, and where it ranks the token itself.") { zip, tokens };
DeviceOption.AddTo(command);

command.SetAction(parsed =>
{
    var file = parsed.GetRequiredValue(zip);
    if (!file.Exists && !Directory.Exists(file.FullName))
        throw new FileNotFoundException($"{file} does not exist: run ReproduceClaim first, or name another zip.");
    var ml = new MLContext();
    var (model, schema) = SavedCopier.Load(ml, file.FullName);
    var circuit = ((IEnumerable<ITransformer>)model).OfType<TokenCircuitTransformer>().FirstOrDefault()
        ?? throw new FormatException($"{file} holds an ML.NET model, but no token circuit.");
    var (vocabulary, outputs, noCopying) = (circuit.Vocabulary, circuit.OutputVocabulary, circuit.Circuit.NoCopying);
    var scoring = DeviceOption.Engine(parsed);
    using var device = scoring as IDisposable;
    model = model.WithEngine(scoring);
    // Of a circuit to other outputs a token alone has no label, and so no rank.
    using var engine = noCopying is null
        ? ml.Model.CreatePredictionEngine<TokenExample, TokenPrediction>(model, schema)
        : ml.Model.CreatePredictionEngine<TokenExample, TokenPrediction>(model, inputSchemaDefinition: KeyOver(vocabulary.Count));
    foreach (string text in parsed.GetRequiredValue(tokens))
    {
        int id = IdOf(text);
        var answer = engine.Predict(new() { TokenId = (uint)id, Token = vocabulary[id] });
        var table = new Table().Border(TableBorder.Simple).AddColumn("token").AddColumn(new TableColumn("logit").RightAligned());
        foreach (var (key, score) in answer.TopTokens.Zip(answer.TopScores))
            table.AddRow(Markup.Escape(outputs[(int)key - 1]), score.ToString("0.000", CultureInfo.InvariantCulture));
        string rank = noCopying is null
            ? $"ranks itself {answer.LabelRank} of {vocabulary.Count:N0}, log-loss {answer.LabelLogLoss:0.000} nats"
            : $"to {outputs.Count:N0} outputs, which are not the tokens";
        AnsiConsole.MarkupLineInterpolated($"[bold]{vocabulary[id]}[/] (id {id}) {rank}");
        AnsiConsole.Write(table);
    }
    return 0;

    static SchemaDefinition KeyOver(int count)
    {
        var definition = SchemaDefinition.Create(typeof(TokenExample));
        definition[nameof(TokenExample.TokenId)].ColumnType = new KeyDataViewType(typeof(uint), count);
        return definition;
    }

    int IdOf(string text)
    {
        int number = -1;
        bool isId = text is ['#', .. var digits]
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number < vocabulary.Count;
        int id = isId ? number : vocabulary.IdOf(text);
        if (id < 0)
        {
            throw new ArgumentException($"'{text}' is not a token of this vocabulary of {vocabulary.Count:N0}; "
                + "tokens that begin a word begin with ␣, such as ␣the.");
        }
        return id;
    }
});
return await Sample.Run(command, args);
