namespace OVPipeline.Core;

/// <summary>Files that are whole or not there: written beside their place under another name, then moved.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Has <paramref name="write"/> write to a temporary path in the same folder, then moves it to <paramref name="path"/>.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void Write(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetFileNameWithoutExtension(path)}.{Guid.NewGuid():N}{Path.GetExtension(path)}");
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Throws where a folder cannot be written: before work whose results go there.</summary>
    /// <exception cref="IOException">It cannot be made or written; the message names it.</exception>
    public static void RequireWritable(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string probe = Path.Combine(folder, "probe");
        try
        {
            Write(probe, path => File.WriteAllText(path, ""));
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot write into {folder}: {e.Message}", e);
        }
    }
}
