namespace OVPipeline.Checkpoints.Tests;

/// <summary>Files of the working tree, found from where the tests run.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    /// <summary>A path under the top level.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A path under Fixtures.</summary>
    public static string Fixture(params string[] parts) => PathOf(["tests", "OVPipeline.Checkpoints.Tests", "Fixtures", .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "OVPipeline.sln")))
                return at.FullName;
        }

        throw new DirectoryNotFoundException("No OVPipeline.sln above the tests.");
    }
}
