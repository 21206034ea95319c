using System.Diagnostics;
using System.Globalization;

namespace OVPipeline.Tests.Common;

/// <summary>
/// A small file system of its own in memory: one that gets full, or that can be made one that is only read. Root needs both to be
/// refused anything, as permissions do not stop it. Where nothing may be mounted there is none.
/// </summary>
internal sealed class MountedFolder : IDisposable
{
    private MountedFolder(string path) => Path = path;

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>Mounts one; null where that is not permitted.</summary>
    /// <param name="bytes">What it has room for.</param>
    public static MountedFolder? TryMount(long bytes)
    {
        string path = Directory.CreateTempSubdirectory("ovp-mount-").FullName;
        string size = string.Create(CultureInfo.InvariantCulture, $"size={bytes}");
        if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", size, "tmpfs", path))
            return new(path);
        Directory.Delete(path);
        return null;
    }

    /// <summary>Gives it more room, or less.</summary>
    public void Resize(long bytes)
    {
        if (!Run("mount", "-o", string.Create(CultureInfo.InvariantCulture, $"remount,size={bytes}"), Path))
            throw new InvalidOperationException($"{Path} cannot be given {bytes} bytes.");
    }

    /// <summary>From now on nothing can be written.</summary>
    public void MakeReadOnly()
    {
        if (!Run("mount", "-o", "remount,ro", Path))
            throw new InvalidOperationException($"{Path} cannot be remounted.");
    }

    public void Dispose()
    {
        if (!Run("umount", Path))
            Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
