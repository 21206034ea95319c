namespace OVPipeline.Core;

/// <summary>Names of sections, tables and pictures: parts of links and of file names.</summary>
public static class ReportId
{
    /// <summary>Throws where a text is no such name.</summary>
    /// <exception cref="ArgumentException">It is empty, or holds other than lower-case letters, digits and hyphens.</exception>
    public static void Require(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (id.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
            throw new ArgumentException($"An id holds lower-case letters, digits and hyphens; was '{id}'.", nameof(id));
    }
}
