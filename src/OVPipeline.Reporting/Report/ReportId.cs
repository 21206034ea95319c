namespace OVPipeline.Reporting;

/// <summary>Names of sections, tables and pictures: parts of links and of file names.</summary>
internal static class ReportId
{
    public static void Require(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (id.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
            throw new ArgumentException($"An id holds lower-case letters, digits and hyphens; was '{id}'.", nameof(id));
    }
}
