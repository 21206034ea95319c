using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.ScoreToken;

/// <summary>What a saved circuit says of tokens.</summary>
internal static class TokenAnswers
{
    /// <summary>The token that a word of the command line names.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static int IdOf(string text, Vocabulary vocabulary)
    {
        int number = -1;
        bool isId = text is ['#', .. var digits]
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number < vocabulary.Count;
        int id = isId ? number : vocabulary.IdOf(text);
        return id >= 0 ? id : throw new ArgumentException($"'{text}' is not a token of this vocabulary of {vocabulary.Count:N0}; "
            + "tokens that begin a word begin with ␣, such as ␣the.");
    }

    /// <summary>The tokens that each is mapped to, and where it ranks itself.</summary>
    public static Findings Of(
        MLContext ml, ITransformer model, DataViewSchema schema, TokenCircuitTransformer circuit, IEnumerable<int> ids)
    {
        var (vocabulary, outputs, noCopying) = (circuit.Vocabulary, circuit.OutputVocabulary, circuit.Circuit.NoCopying);
        // Of a circuit to other outputs a token alone has no label, and so no rank.
        using var engine = noCopying is null
            ? ml.Model.CreatePredictionEngine<TokenExample, TokenPrediction>(model, schema)
            : ml.Model.CreatePredictionEngine<TokenExample, TokenPrediction>(model, inputSchemaDefinition: KeyOver(vocabulary.Count));
        var found = new Findings("tokens");
        List<ReportValue[]> rows = [], own = [];
        foreach (int id in ids)
        {
            var answer = engine.Predict(new() { TokenId = (uint)id, Token = vocabulary[id] });
            var top = answer.TopTokens.Zip(answer.TopScores, (key, score) => (Token: outputs[(int)key - 1], Logit: score)).ToArray();
            rows.AddRange(top.Select((one, place) => (ReportValue[])[id, vocabulary[id], place + 1, one.Token, (double)one.Logit]));
            own.Add(noCopying is null
                ? [id, vocabulary[id], answer.LabelRank, (double)answer.LabelLogLoss]
                : [id, vocabulary[id], default, default]);
            string rank = noCopying is null
                ? $"ranks itself {answer.LabelRank} of {vocabulary.Count:N0}, log-loss {answer.LabelLogLoss:0.000} nats"
                : $"to {outputs.Count:N0} outputs, which are not the tokens";
            found.ForPeople($"{vocabulary[id]} (id {id}) {rank}").ForPeople(new ConsoleTable(
                [new("token", IsText: true), new("logit")],
                top.Select(one => new[] { one.Token, one.Logit.ToString("0.000", CultureInfo.InvariantCulture) })));
        }
        return found.ForPrograms(
            new("tokens", "Where each token ranks itself",
                [ReportColumn.Count("id"), ReportColumn.Text("token"), ReportColumn.Count("token rank"),
                    ReportColumn.Number("token log loss", unit: "nats")], own)
            { Units = $"of {outputs.Count} outputs" },
            new("top-tokens", "The tokens that each is mapped to",
                [ReportColumn.Count("id"), ReportColumn.Text("token"), ReportColumn.Count("place"), ReportColumn.Text("output"),
                    ReportColumn.Number("logit")], rows)
            { Units = "the highest of each" });
    }

    private static SchemaDefinition KeyOver(int count)
    {
        var definition = SchemaDefinition.Create(typeof(TokenExample));
        definition[nameof(TokenExample.TokenId)].ColumnType = new KeyDataViewType(typeof(uint), count);
        return definition;
    }
}
