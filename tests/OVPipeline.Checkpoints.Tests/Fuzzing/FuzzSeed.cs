namespace OVPipeline.Checkpoints.Tests;

/// <summary>A sound file to mutate, and the model it is part of.</summary>
/// <param name="Model">The folder's name.</param>
/// <param name="File">The file's name.</param>
/// <param name="Bytes">What the file holds.</param>
/// <param name="Others">The model's other files, by name.</param>
internal sealed record FuzzSeed(string Model, string File, byte[] Bytes, IReadOnlyDictionary<string, byte[]> Others)
{
    /// <summary>The size of the model's other files.</summary>
    public long ModelBytes => Others.Values.Sum(file => (long)file.Length);

    /// <summary>What to load in a copy of the folder: the folder, or the file where the folder has several of weights.</summary>
    public string Loads(string folder) => Others.ContainsKey("config.json") || File == "config.json" ? folder : Path.Combine(folder, File);

    /// <summary>Puts the other files into a folder where they are not there yet.</summary>
    public void CopyModelTo(string folder)
    {
        if (Directory.Exists(folder))
            return;
        Directory.CreateDirectory(folder);
        foreach (var (name, bytes) in Others)
            System.IO.File.WriteAllBytes(Path.Combine(folder, name), bytes);
    }
}
