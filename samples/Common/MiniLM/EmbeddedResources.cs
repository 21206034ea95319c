using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace OVPipeline.Samples;

/// <summary>Resources embedded in a .NET assembly, read as a file: the assembly is never loaded and none of its code runs.</summary>
internal static class EmbeddedResources
{
    /// <summary>Copies a resource.</summary>
    /// <param name="assembly">The assembly's file.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="to">Where it goes.</param>
    /// <exception cref="InvalidOperationException">The file is no assembly, or has no such resource.</exception>
    public static void Copy(string assembly, string name, Stream to)
    {
        using var file = File.OpenRead(assembly);
        try
        {
            var (offset, length) = Find(file, name);
            file.Position = offset;
            Copy(file, length, to);
        }
        catch (Exception e) when (e is BadImageFormatException or EndOfStreamException)
        {
            throw new InvalidOperationException($"{assembly} is no sound assembly: {e.Message}", e);
        }
    }

    // Resources lie one after another where the CLI header says, each behind its length, a 32-bit number.
    private static (long Offset, int Length) Find(FileStream file, string name)
    {
        using var image = new PEReader(file, PEStreamOptions.LeaveOpen);
        if (image.PEHeaders.CorHeader?.ResourcesDirectory is not { } directory
            || !image.PEHeaders.TryGetDirectoryOffset(directory, out int start))
            throw new BadImageFormatException("it has no resources.");
        var metadata = image.GetMetadataReader();
        var resource = metadata.ManifestResources.Select(metadata.GetManifestResource)
            .FirstOrDefault(resource => resource.Implementation.IsNil && metadata.GetString(resource.Name) == name);
        if (resource.Name.IsNil)
            throw new InvalidOperationException($"{file.Name} has no resource {name}.");
        long at = start + resource.Offset;
        file.Position = at;
        using var reader = new BinaryReader(file, System.Text.Encoding.UTF8, leaveOpen: true);
        int length = reader.ReadInt32();
        return length >= 0 && resource.Offset >= 0 && length <= directory.Size - resource.Offset - sizeof(int)
            ? (at + sizeof(int), length)
            : throw new BadImageFormatException($"its resource {name} is cut short.");
    }

    private static void Copy(FileStream file, int length, Stream to)
    {
        byte[] buffer = new byte[1 << 20];
        for (int left = length; left > 0;)
        {
            int count = file.Read(buffer, 0, Math.Min(buffer.Length, left));
            if (count == 0)
                throw new EndOfStreamException("it ends within a resource.");
            to.Write(buffer, 0, count);
            left -= count;
        }
    }
}
