#pragma warning disable RS0030 // what is banned elsewhere is called here, after a look
using System.Runtime.InteropServices;

namespace OVPipeline.Core;

/// <summary>
/// Where files of others are opened: what stands in a file's place and is none, such as a pipe that nobody writes to or a device without
/// an end, is refused before it is opened, since to wait for its end is to wait for ever.
/// </summary>
public static partial class RegularFile
{
    /// <summary>
    /// What lies there if it is neither a file nor a folder: <c>a pipe</c>, <c>a device</c>; null where it is, or nothing is.
    /// </summary>
    /// <remarks>Links are followed. On Linux; elsewhere, where Windows refuses devices by itself, null.</remarks>
    public static string? OtherKind(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return OperatingSystem.IsLinux() ? LinuxFileType.Of(path) : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException) // a C library before 2018
        {
            return null;
        }
    }

    /// <summary>Opens a file to be read from its start.</summary>
    /// <exception cref="FileException">It is no file, but a pipe, a device or a socket.</exception>
    public static FileStream OpenRead(string path)
    {
        Require(path);
        return File.OpenRead(path);
    }

    /// <summary>All bytes of a file.</summary>
    /// <exception cref="FileException">It cannot be read, or is no file.</exception>
    public static byte[] ReadAllBytes(string path) => ReadAll(path, File.ReadAllBytes);

    /// <summary>All of a file of text, in UTF-8 or as its byte order mark says.</summary>
    /// <inheritdoc cref="ReadAllBytes" path="/exception"/>
    public static string ReadAllText(string path) => ReadAll(path, File.ReadAllText);

    /// <summary>A file's lines, read as they are asked for.</summary>
    /// <inheritdoc cref="OpenRead" path="/exception"/>
    public static IEnumerable<string> ReadLines(string path)
    {
        Require(path);
        return File.ReadLines(path);
    }

    /// <summary>Throws where there is something that is neither a file nor a folder.</summary>
    /// <inheritdoc cref="OpenRead" path="/exception"/>
    public static void Require(string path)
    {
        if (OtherKind(path) is { } kind)
            throw new FileException(path, $"is {kind}, not a file.");
    }

    private static T ReadAll<T>(string path, Func<string, T> read)
    {
        Require(path);
        try
        {
            return read(path);
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new FileException(path, $"cannot be read: {FileException.Reason(path, e)}.", e);
        }
    }

    // statx, whose layout is the same on every architecture: the type of a file is in the upper bits of its mode.
    private static partial class LinuxFileType
    {
        private const int WorkingFolder = -100; // AT_FDCWD: what relative paths are relative to
        private const uint WantsType = 1; // STATX_TYPE
        private const int Size = 256, ModeAt = 28; // of struct statx, in bytes

        public static string? Of(string path)
        {
            Span<byte> status = stackalloc byte[Size];
            if (StatX(WorkingFolder, path, 0, WantsType, status) != 0)
                return null; // not there, or not to be looked at: what opens it says so
            return (MemoryMarshal.Read<ushort>(status[ModeAt..]) & 0xF000) switch
            {
                0x1000 => "a pipe",
                0x2000 or 0x6000 => "a device",
                0xC000 => "a socket",
                _ => null,
            };
        }

        [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
        private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> status);
    }
}
