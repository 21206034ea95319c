namespace OVPipeline.Core;

/// <summary>Files that are whole or not there: written beside their place under another name, then moved.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Has <paramref name="write"/> write to a temporary path in the same folder, then moves it to <paramref name="path"/>.
    /// </summary>
    /// <exception cref="FileException">The folder cannot be made, or the file cannot be written.</exception>
    public static void Write(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            Directory.CreateDirectory(folder);
            string name = $".{Path.GetFileNameWithoutExtension(path)}.{Guid.NewGuid():N}{Path.GetExtension(path)}";
            string temporary = Path.Combine(folder, name);
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
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new FileException(path, $"cannot be written: {FileException.Reason(path, e)}.", e);
        }
    }

    /// <summary>
    /// Makes a folder where it is not there, and throws where nothing can be written into it: before work whose results go there.
    /// </summary>
    /// <exception cref="FileException">It cannot be made or written.</exception>
    public static void RequireWritable(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string probe = Path.Combine(folder, $".probe.{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new FileException(folder, $"cannot be written into: {FileException.Reason(probe, e)}.", e);
        }
    }
}
