namespace OVPipeline.Checkpoints;

/// <summary>A file's name relative to a folder, its parts separated by <c>/</c>.</summary>
internal static class RelativeName
{
    /// <summary>Whether it leads to a place inside the folder.</summary>
    public static bool IsSafe(string name) => name.Length is > 0 and <= 1024
        && !name.AsSpan().ContainsAny('\\', ':')
        && !name.Any(char.IsControl)
        && Array.TrueForAll(name.Split('/'), IsSafePart);

    // 255 is what file systems allow. Windows drops dots and spaces at the end, so that two names would be one there; "." and ".." are
    // refused with these.
    private static bool IsSafePart(string part) => part.Length is > 0 and <= 255 && !part.EndsWith('.') && !part.EndsWith(' ');
}
