namespace OVPipeline.Checkpoints.Tests;

/// <summary>The folders of one worker of the fuzzer, each sound but for the file that was mutated last.</summary>
internal sealed class FuzzFiles(string root)
{
    private readonly Dictionary<string, FuzzSeed> _mutated = [];

    /// <summary>Puts a mutated file among its sound others, and gives their folder.</summary>
    public string Put(FuzzSeed seed, byte[] mutated)
    {
        string folder = Path.Combine(root, seed.Folder);
        if (!_mutated.TryGetValue(seed.Folder, out var last))
        {
            Directory.CreateDirectory(folder);
            foreach (var (name, bytes) in seed.Others)
                File.WriteAllBytes(Path.Combine(folder, name), bytes);
        }
        else if (last.File != seed.File && seed.Others.ContainsKey(last.File))
            Replace(Path.Combine(folder, last.File), last.Bytes);
        Replace(Path.Combine(folder, seed.File), mutated);
        _mutated[seed.Folder] = seed;
        return folder;
    }

    /// <summary>Writes over a file and cuts it afterwards: some file systems wait for the disk where one is cut first.</summary>
    private static void Replace(string path, byte[] bytes)
    {
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write);
        RandomAccess.Write(file, bytes, 0);
        RandomAccess.SetLength(file, bytes.Length);
    }
}
