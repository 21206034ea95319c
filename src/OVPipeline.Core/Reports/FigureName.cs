using System.Text;

namespace OVPipeline.Core;

/// <summary>Names of figures in files: lower-case letters, digits and underscores, which every program can use as they are.</summary>
internal static class FigureName
{
    /// <summary>
    /// The name that a heading gives: words joined by underscores, so <c>top1</c> and <c>log loss</c> are <c>top1</c> and <c>log_loss</c>;
    /// <c>d'²</c> is <c>d_prime_squared</c>.
    /// </summary>
    public static string Of(string heading)
    {
        var name = new StringBuilder();
        string words = heading.Replace("'", " prime ", StringComparison.Ordinal).Replace("²", " squared ", StringComparison.Ordinal);
        foreach (char c in words.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
                name.Append(c);
            else if (name.Length > 0 && name[^1] != '_')
                name.Append('_');
        }
        return name.ToString().TrimEnd('_');
    }

    /// <summary>The name, if it is one.</summary>
    /// <exception cref="ArgumentException">It is empty or holds something else.</exception>
    public static string Require(string name)
    {
        if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '_'))
        {
            throw new ArgumentException($"A column's name in files holds lower-case letters, digits and underscores; was '{name}'.",
                nameof(name));
        }
        return name;
    }
}
