namespace OVPipeline.Checkpoints.Tests;

/// <summary>Every fixture as files to mutate: weights, indexes and configurations of every layout, archives of every kind.</summary>
internal static class FuzzSeeds
{
    public static IReadOnlyList<FuzzSeed> All() =>
    [
        .. Directory.GetDirectories(Repository.Fixture("Architectures")).Order(StringComparer.Ordinal).SelectMany(OfModel),
        .. Directory.GetFiles(Repository.Fixture("PyTorch")).Order(StringComparer.Ordinal).Select(file => Alone("pytorch", file)),
        .. Directory.GetFiles(Repository.Fixture("Architectures"), "*.safetensors").Order(StringComparer.Ordinal).Select(file => Alone("expected", file)),
    ];

    private static IEnumerable<FuzzSeed> OfModel(string folder)
    {
        var files = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
        return files.Select(file => new FuzzSeed(Path.GetFileName(folder), file.Key, file.Value, files.Where(other => other.Key != file.Key).ToDictionary()));
    }

    private static FuzzSeed Alone(string folder, string file) => new(folder, Path.GetFileName(file), File.ReadAllBytes(file), new Dictionary<string, byte[]>());
}
