using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>A part of a training corpus: text files, and how much of training is drawn from them.</summary>
/// <param name="Path">A text file (.txt, .gz, any other name), a folder of them, or a pattern such as <c>corpus/train-*.txt.gz</c>.</param>
/// <param name="Weight">Its share of the sequences, relative to the other parts' weights.</param>
/// <param name="KeepLineBreaks">
/// Whether every line is encoded on its own (source code, manual pages); else a paragraph is, its lines joined by spaces, and a blank line
/// ends it.
/// </param>
public sealed record TextSource(string Path, double Weight = 1, bool KeepLineBreaks = false)
{
    /// <summary>Characters after which a document is cut off; unlimited where null.</summary>
    public int? LongestDocument { get; init; }

    /// <summary>The files, in ordinal order of their paths. Links and hidden files of folders are left out.</summary>
    /// <exception cref="IOException">There are none, or the folder cannot be listed.</exception>
    public IReadOnlyList<string> Files()
    {
        if (File.Exists(Path))
            return [Path];
        string[] files = Directory.Exists(Path) ? FilesOfFolder() : FilesOfPattern();
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0
            ? files
            : throw new FileNotFoundException($"{Path}: there is no such text file, nor a folder or pattern that holds any.");
    }

    private string[] FilesOfFolder()
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.ReparsePoint,
        };
        try
        {
            Directory.EnumerateFileSystemEntries(Path).GetEnumerator().Dispose(); // of what may not be listed, options see nothing
            return Directory.GetFiles(Path, "*", options);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new FileException(Path, $"cannot be listed: {FileException.Reason(Path, e)}.", e);
        }
    }

    private string[] FilesOfPattern()
    {
        string? folder = System.IO.Path.GetDirectoryName(Path);
        if (folder is "")
            folder = ".";
        return Directory.Exists(folder) ? Directory.GetFiles(folder, System.IO.Path.GetFileName(Path)) : [];
    }
}
