using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace OVPipeline.Reporting;

/// <summary>Strings as JSON that can stand in an HTML page, whatever is in them.</summary>
internal static class PageText
{
    // Escapes what HTML reads, controls, and what is not assigned or not seen; letters of any script stay as they are.
    private static readonly JavaScriptEncoder s_encoder = JavaScriptEncoder.Create(UnicodeRanges.All);

    /// <summary>A JSON string. Half a surrogate pair, which no UTF-8 can hold, stays what it was as an escape.</summary>
    public static string Quote(string text)
    {
        var json = new StringBuilder("\"");
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            if (pair)
                i++;
            else if (char.IsSurrogate(text[i]))
            {
                json.Append(s_encoder.Encode(text[start..i])).Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
                start = i + 1;
            }
        }
        return json.Append(s_encoder.Encode(text[start..])).Append('"').ToString();
    }
}
