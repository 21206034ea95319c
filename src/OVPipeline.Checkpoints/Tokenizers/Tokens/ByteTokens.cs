using System.Globalization;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>The tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> for single bytes; a vocabulary may have some only.</summary>
internal sealed class ByteTokens
{
    private readonly int[] _ids = new int[256];

    /// <summary>Those of a vocabulary.</summary>
    public ByteTokens(Dictionary<string, int> vocabulary)
    {
        for (int value = 0; value < 256; value++)
            _ids[value] = vocabulary.GetValueOrDefault(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"), -1);
    }

    /// <summary>Whether all 256 are there.</summary>
    public bool AreComplete => Array.IndexOf(_ids, -1) < 0;

    /// <summary>Appends the ids of a text's bytes; where one byte has no token, nothing.</summary>
    public bool TryAdd(string text, List<int> ids)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (Array.Exists(bytes, value => _ids[value] < 0))
            return false;
        foreach (byte value in bytes)
            ids.Add(_ids[value]);
        return true;
    }

    /// <summary>Whether a token is one of them, and which byte.</summary>
    public static bool TryParse(string token, out byte value)
    {
        value = 0;
        return token is ['<', '0', 'x', _, _, '>']
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
