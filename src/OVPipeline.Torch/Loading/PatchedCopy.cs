using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>A patched library in a folder of the user's, written once and reused as long as its bytes are right.</summary>
internal static class PatchedCopy
{
    /// <summary>Where copies are kept: a folder that only this user writes to.</summary>
    public static string UserFolder
    {
        get
        {
            const Environment.SpecialFolder Folder = Environment.SpecialFolder.LocalApplicationData;
            string data = Environment.GetFolderPath(Folder, Environment.SpecialFolderOption.DoNotVerify);
            return data.Length > 0
                ? Path.Combine(data, "OVPipeline", "torch")
                : Directory.CreateTempSubdirectory("ovpipeline-torch-").FullName;
        }
    }

    /// <summary>The path of a file of the original's name that holds <paramref name="bytes"/>; the original is left as it is.</summary>
    /// <exception cref="IOException">Neither the folder nor the temporary folder can be written to.</exception>
    public static string Of(string original, byte[] bytes, string folder)
    {
        string path = Path.Combine(folder, Path.GetFileName(original));
        if (Holds(path, bytes))
            return path;
        try
        {
            return Write(path, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Write(Path.Combine(Directory.CreateTempSubdirectory("ovpipeline-torch-").FullName, Path.GetFileName(original)), bytes);
        }
    }

    private static bool Holds(string path, byte[] bytes) =>
        new FileInfo(path) is { Exists: true } file && file.Length == bytes.Length
        && RegularFile.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);

    // Renamed into place: another process sees the old file or the new one, and never a part.
    private static string Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string part = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllBytes(part, bytes);
        File.Move(part, path, overwrite: true);
        return path;
    }
}
