using System.Diagnostics;
using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// A lock between processes: an open file. On Unix it is <c>flock</c>, which Python's filelock uses too.
/// </summary>
internal sealed class HubFileLock : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50), s_patience = TimeSpan.FromSeconds(5);

    // What an open that another process's lock refuses gives: EWOULDBLOCK on Linux and on macOS, a sharing or lock violation on Windows.
    private static readonly int[] s_held = OperatingSystem.IsWindows() ? [unchecked((int)0x80070020), unchecked((int)0x80070021)]
        : OperatingSystem.IsMacOS() ? [35] : [11];

    private readonly FileStream _file;

    private HubFileLock(FileStream file) => _file = file;

    /// <summary>Waits until the lock is free and takes it, or until it is needed no more.</summary>
    /// <param name="path">The lock's file.</param>
    /// <param name="isDone">Whether what the lock is for is done; asked before each try.</param>
    /// <param name="waiting">Told once, after five seconds, whom one waits for.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lock; null where it was not needed.</returns>
    /// <exception cref="IOException">The file cannot be locked, for another reason than that somebody holds it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static async Task<HubFileLock?> AcquireAsync(
        string path, Func<bool> isDone, Action<string> waiting, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        bool isSaid = false;
        while (!isDone())
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                return new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException e) when (s_held.Contains(e.HResult))
            {
                if (!isSaid && clock.Elapsed >= s_patience)
                {
                    isSaid = true;
                    waiting($"{Holder(path)}, which holds {path}");
                }
                await Task.Delay(s_pause, cancellationToken).ConfigureAwait(false);
            }
        }
        return null;
    }

    /// <summary>Frees the lock; the file stays, as Python's client leaves it.</summary>
    public void Dispose() => _file.Dispose();

    // Linux shows what each process has open, as far as it is the user's own.
    private static string Holder(string path)
    {
        if (!OperatingSystem.IsLinux())
            return "another process";
        string lockFile = Path.GetFullPath(path);
        foreach (string process in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && HasOpen(process))
                return id == Environment.ProcessId ? "another part of this program" : $"process {id} ({NameOf(process)})";
        return "another process";

        bool HasOpen(string process) =>
            Try(() => Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(open => new FileInfo(open).LinkTarget == lockFile), false);
        static string NameOf(string process) =>
            Try(() => RegularFile.ReadAllText(Path.Combine(process, "comm")).Trim(), "of an unknown name");
    }

    // Processes end while they are looked at, and those of others are not to be looked at.
    private static T Try<T>(Func<T> look, T otherwise)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return otherwise;
        }
    }
}
