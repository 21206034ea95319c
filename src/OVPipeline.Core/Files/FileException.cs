namespace OVPipeline.Core;

/// <summary>A file or folder cannot be read or written. The message names it and says why, in a sentence.</summary>
public sealed class FileException : IOException
{
    /// <summary>Says what was wrong with a file or folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="wrong">The rest of the sentence: what could not be done, and why.</param>
    /// <param name="cause">What the system said.</param>
    public FileException(string path, string wrong, Exception? cause = null)
        : base($"{path}: {wrong}", cause) => File = path;

    /// <summary>The file or folder.</summary>
    public string File { get; }

    /// <summary>Whether an exception is one of the system's own about files, which may name none.</summary>
    public static bool IsSystems(Exception e) =>
        e is UnauthorizedAccessException || (e is IOException && e.GetType().Assembly == typeof(object).Assembly);

    /// <summary>
    /// Why a file could not be read or written, in a few words without a full stop. The system's own words name a path, or another, or
    /// none.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="cause">What the system said.</param>
    public static string Reason(string path, Exception cause)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(cause);
        if (FileInTheWay(path) is { } file)
            return $"{file} is a file, not a folder";
        return cause switch
        {
            UnauthorizedAccessException when Directory.Exists(path) && !IsDenied(path) => "it is a folder, not a file",
            UnauthorizedAccessException => "permission denied",
            FileNotFoundException or DirectoryNotFoundException => "there is no such file",
            _ => Plain(cause.Message),
        };
    }

    // A file where the path has a folder.
    private static string? FileInTheWay(string path)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        while (folder is not null && !Path.Exists(folder))
            folder = Path.GetDirectoryName(folder);
        return folder is not null && System.IO.File.Exists(folder) ? folder : null;
    }

    private static bool IsDenied(string folder)
    {
        try
        {
            Directory.EnumerateFileSystemEntries(folder).GetEnumerator().Dispose();
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
    }

    // Without the path at the end, " : '/the/path'".
    private static string Plain(string message)
    {
        int end = message.IndexOf(" : '", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).ReplaceLineEndings(" ").TrimEnd('.');
    }
}
