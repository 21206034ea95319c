using OVPipeline.Tests.Common;

namespace OVPipeline.Torch.Tests;

/// <summary>The model in data/.</summary>
internal static class EmbeddedModel
{
    public static string Folder => Path.Combine(Root, "data", "attn-only-2l-quarter");

    public static string Root => SharedFiles.Root;

    public static Transformer Load()
    {
        NativeFiles.SkipWithoutBackend();
        return Transformer.Load(Folder);
    }
}
