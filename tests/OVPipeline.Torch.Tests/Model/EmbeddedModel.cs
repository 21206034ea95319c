namespace OVPipeline.Torch.Tests;

/// <summary>The model in data/.</summary>
internal static class EmbeddedModel
{
    public static string Folder => Path.Combine(Root, "data", "attn-only-2l-quarter");

    public static string Root
    {
        get
        {
            var at = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(at.FullName, "OVPipeline.sln")))
                at = at.Parent!;
            return at.FullName;
        }
    }

    public static AttentionOnlyTransformer Load()
    {
        NativeFiles.SkipWithoutBackend();
        return AttentionOnlyTransformer.Load(Folder);
    }
}
