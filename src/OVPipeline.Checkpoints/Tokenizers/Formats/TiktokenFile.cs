using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>A <c>tokenizer.model</c> in tiktoken's text form: on each line a token's bytes in base 64 and its id.</summary>
internal static class TiktokenFile
{
    /// <summary>The tokens, or null where a line is not of that form.</summary>
    public static TokenTable? TryRead(byte[] content)
    {
        if (content.Length == 0 || !Ascii.IsValid(content))
            return null;
        var tokens = new TokenTable();
        foreach (string line in Encoding.ASCII.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.TrimEnd('\r').Split(' ');
            if (parts is not [{ Length: > 0 } token, { } number]
                || !Base64.IsValid(token)
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                return null;
            tokens.Set(id, TokenDisplay.OfBytes(Convert.FromBase64String(token)), added: false);
        }

        return tokens.Count > 0 ? tokens : null;
    }
}
