using System.Globalization;

namespace OVPipeline.Checkpoints;

/// <summary>The tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> that stand for single bytes.</summary>
internal static class ByteTokens
{
    /// <summary>Their ids by byte, or null where the vocabulary lacks one.</summary>
    public static int[]? Find(Dictionary<string, int> vocabulary)
    {
        var ids = new int[256];
        for (int value = 0; value < 256; value++)
        {
            if (!vocabulary.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"), out ids[value]))
                return null;
        }

        return ids;
    }

    /// <summary>Whether a token is one of them, and which byte.</summary>
    public static bool TryParse(string token, out byte value)
    {
        value = 0;
        return token is ['<', '0', 'x', _, _, '>']
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
