using System.Globalization;
using System.Text;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// What every head makes of every token as CSV files, a row for each token and a column for each head: <c>token-ranks.csv</c> with the
/// rank of the own logit, <c>token-outputs.csv</c> with the ids of the highest outputs, best first, a space between them.
/// </summary>
internal static class TokenFiles
{
    public static void WriteRanks(TextWriter writer, HeadAtlas atlas, TokenAtlas tokens) =>
        Write(writer, atlas, tokens, (head, token) => head.OwnRanks![token].ToString(CultureInfo.InvariantCulture));

    public static void WriteOutputs(TextWriter writer, HeadAtlas atlas, TokenAtlas tokens)
    {
        int kept = tokens.Heads[0].TopOutputs.Count / tokens.Tokens.Count;
        Write(writer, atlas, tokens, (head, token) => string.Join(' ', head.TopOutputs.Skip(token * kept).Take(kept)));
    }

    private static void Write(TextWriter writer, HeadAtlas atlas, TokenAtlas tokens, Func<HeadTokens, int, string> cell)
    {
        var line = new StringBuilder("id,token");
        foreach (var head in atlas.Heads)
            line.Append(',').Append(head.Head.Label);
        writer.Write(line.Append("\r\n"));
        for (int token = 0; token < tokens.Tokens.Count; token++)
        {
            line.Clear().Append(CultureInfo.InvariantCulture, $"{token},{CsvField.Quote(tokens.Tokens[token])}");
            foreach (var head in tokens.Heads)
                line.Append(',').Append(cell(head, token));
            writer.Write(line.Append("\r\n"));
        }
    }

    // As RFC 4180 has it.
}
