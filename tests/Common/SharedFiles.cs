using Xunit;

namespace OVPipeline.Tests.Common;

/// <summary>Real files that people gave us to test with: beside the repository where they are, and never in it.</summary>
internal static class SharedFiles
{
    /// <summary>The top level of this repository.</summary>
    public static string Root
    {
        get
        {
            for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
                if (File.Exists(Path.Combine(at.FullName, "OVPipeline.sln")))
                    return at.FullName;
            throw new DirectoryNotFoundException("No OVPipeline.sln above the tests.");
        }
    }

    /// <summary>A path under <c>shared</c>, beside the top level; skips the test where it is not there.</summary>
    public static string PathOf(params string[] parts)
    {
        string path = Path.GetFullPath(Path.Combine([Root, "..", "shared", .. parts]));
        Assert.SkipUnless(Path.Exists(path), $"{Path.Combine(["shared", .. parts])} is not beside this repository.");
        return path;
    }
}
