using OVPipeline.Forward.Tests;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>The small models whose logits PyTorch gave, by the layout that they load with.</summary>
internal static class PeerModels
{
    private static readonly ILookup<string, ForwardCase> s_models =
        ForwardCase.Names.Select(ForwardCase.Open).ToLookup(LayoutOf, StringComparer.Ordinal);

    /// <summary>Those of a layout; none where a forward pass was compared with none.</summary>
    public static ForwardCase[] Of(string layout) => [.. s_models[layout]];

    private static string LayoutOf(ForwardCase model)
    {
        using var folder = new TemporaryFolder();
        model.Write(folder.Path);
        return TransformerCheckpoint.Load(folder.Path).Layout!;
    }
}
