using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// A head atlas as one HTML page to click in, which needs nothing else: a grid of the heads coloured by any figure; of a head its tokens,
/// spectrum, scores and composition; of a token what every head makes of it; of two heads which tokens they copy. Every number of it is in
/// the files of <see cref="AtlasFiles"/> too.
/// </summary>
public static class AtlasPage
{
    /// <summary>How large a page may be by default: 40 MB, which browsers still open at once.</summary>
    public const int DefaultBytes = 40_000_000;

    private const int MostOutputs = 5;

    /// <summary>Writes the page; it is whole or not there.</summary>
    /// <param name="atlas">The atlas. Tokens can be searched and copied sets compared where it has <see cref="HeadAtlas.Tokens"/>.</param>
    /// <param name="path">The file, such as <c>atlas.html</c>.</param>
    /// <param name="maxBytes">
    /// How large the page may be. What every head makes of every token is left out or shortened where it would be larger, and the page
    /// says so.
    /// </param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Save(HeadAtlas atlas, string path, int maxBytes = DefaultBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string page = Write(atlas, maxBytes);
        AtomicFile.Write(path, file => File.WriteAllText(file, page));
    }

    /// <summary>The page as text.</summary>
    /// <inheritdoc cref="Save"/>
    public static string Write(HeadAtlas atlas, int maxBytes = DefaultBytes)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        var page = new OfflinePage($"Head atlas of {atlas.Model.Name}", "atlas");
        AtlasPageData.Add(page, atlas, maxBytes);
        return page.Write();
    }

    /// <summary>
    /// How many outputs of each token and head a page of the default size holds, at most 5: what to give
    /// <c>HeadAtlasOptions.TokenOutputs</c>. Null where not even the ranks of the tokens fit.
    /// </summary>
    /// <param name="model">The model's sizes.</param>
    public static int? OutputsThatFit(TransformerConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        int planes = AtlasPageData.PlanesThatFit(model, DefaultBytes * 0.98); // the rest of a page is small
        return planes < 1 ? null : Math.Min(MostOutputs, planes - 1);
    }
}
