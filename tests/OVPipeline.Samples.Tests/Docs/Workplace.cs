namespace OVPipeline.Samples.Tests.Docs;

/// <summary>A folder to run what pages show in: it has the repository's data, as its top level does, and is gone afterwards.</summary>
internal sealed class Workplace : IDisposable
{
    public Workplace()
    {
        Folder = Directory.CreateTempSubdirectory("ovpipeline-docs-").FullName;
        foreach (string name in new[] { "data", "docs", "samples" })
            Directory.CreateSymbolicLink(Path.Combine(Folder, name), Path.Combine(MainJob.FindRoot(), name));
        File.WriteAllText(Path.Combine(Folder, "ids.txt"), "3 300 400 300\n3 500 600 500\n");
        File.WriteAllText(Path.Combine(Folder, "targets.txt"), "- - 300 400\n- - 500 600\n");
    }

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    public void Dispose()
    {
        foreach (string link in Directory.EnumerateDirectories(Folder).Where(path => new DirectoryInfo(path).LinkTarget is not null))
            Directory.Delete(link); // the link, not what it leads to
        Directory.Delete(Folder, recursive: true);
    }
}
