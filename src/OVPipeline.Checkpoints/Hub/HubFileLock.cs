namespace OVPipeline.Checkpoints;

/// <summary>
/// A lock between processes: an open file. On Unix it is <c>flock</c>, which Python's filelock uses too.
/// </summary>
internal sealed class HubFileLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly FileStream _file;

    private HubFileLock(FileStream file) => _file = file;

    /// <summary>Waits until the lock is free and takes it.</summary>
    public static async Task<HubFileLock> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            try
            {
                return new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Frees the lock; the file stays, as Python's client leaves it.</summary>
    public void Dispose() => _file.Dispose();
}
