using OVPipeline.Core;

namespace OVPipeline;

/// <summary>A head's profile as a row of data. Shares lie in [0, 1]; what does not apply is NaN.</summary>
public sealed class HeadAtlasRow
{
    /// <summary>The head as its label, <c>L1H4</c>: saved as text, 1.10 would be read as the number 1.1.</summary>
    public string Head { get; set; } = "";

    /// <summary>Its layer, 0-based.</summary>
    public int Layer { get; set; }

    /// <summary>Its place in the layer, 0-based.</summary>
    public int Index { get; set; }

    /// <summary>Share of tokens that the OV circuit maps to themselves first.</summary>
    public float CopyingTop1 { get; set; }

    /// <summary>Share of tokens that the OV circuit maps to themselves among the first five.</summary>
    public float CopyingTop5 { get; set; }

    /// <summary>Share of tokens whose own logit is the lowest.</summary>
    public float SuppressionTop1 { get; set; }

    /// <summary>Share of tokens whose own logit is among the five lowest.</summary>
    public float SuppressionTop5 { get; set; }

    /// <summary>Eigenvalue copying score.</summary>
    public float CopyingScore { get; set; }

    /// <summary>Median rank of tokens' own logits in their rows, 1 for the highest.</summary>
    public float OwnRankByRow { get; set; }

    /// <summary>Median rank of tokens' own logits in their columns.</summary>
    public float OwnRankByColumn { get; set; }

    /// <summary>Share of tokens whose own logit is among the ten lowest of their row.</summary>
    public float OwnLowest10 { get; set; }

    /// <summary>Copy score of names: share of names whose own logit is among the five highest of their row.</summary>
    public float NameCopyScore { get; set; }

    /// <summary>Effective rank of the OV circuit, as participation ratio.</summary>
    public float ParticipationRatio { get; set; }

    /// <summary>Effective rank of the OV circuit, as exponential entropy.</summary>
    public float EntropyRank { get; set; }

    /// <summary>Singular values of the OV circuit, largest first.</summary>
    public float[] SingularValues { get; set; } = [];

    /// <summary>Share of query tokens that the QK circuit matches with themselves as key.</summary>
    public float QueryToKeyTop1 { get; set; }

    /// <summary>Share of key tokens that the QK circuit matches with themselves as query.</summary>
    public float KeyToQueryTop1 { get; set; }

    /// <summary>Eigenvalue score of the QK circuit.</summary>
    public float MatchingScore { get; set; }

    /// <summary>Mean attention to the previous position, by positions alone.</summary>
    public float PreviousPosition { get; set; }

    /// <summary>Display strings of the tokens copied most, best first.</summary>
    public string[] TopCopied { get; set; } = [];

    /// <summary>Display strings of the tokens suppressed most, best first.</summary>
    public string[] TopSuppressed { get; set; } = [];

    internal static HeadAtlasRow Of(HeadProfile profile) => new()
    {
        Head = profile.Head.Label,
        Layer = profile.Head.Layer,
        Index = profile.Head.Head,
        CopyingTop1 = Single(profile.Copying?.Top1),
        CopyingTop5 = Single(profile.Copying?.Top5),
        SuppressionTop1 = Single(profile.Suppression?.Top1),
        SuppressionTop5 = Single(profile.Suppression?.Top5),
        CopyingScore = Single(profile.CopyingScore),
        OwnRankByRow = Single(profile.OwnToken?.MedianByRow),
        OwnRankByColumn = Single(profile.OwnToken?.MedianByColumn),
        OwnLowest10 = Single(profile.OwnToken?.AmongTenLowest),
        NameCopyScore = Single(profile.NameCopyScore),
        ParticipationRatio = (float)profile.ParticipationRatio,
        EntropyRank = (float)profile.EntropyRank,
        SingularValues = [.. profile.SingularValues.Select(value => (float)value)],
        QueryToKeyTop1 = Single(profile.QK?.QueryToKey.Top1),
        KeyToQueryTop1 = Single(profile.QK?.KeyToQuery.Top1),
        MatchingScore = Single(profile.QK?.MatchingScore),
        PreviousPosition = Single(profile.Positional?.Previous),
        TopCopied = [.. profile.TopCopied.Select(token => token.Text)],
        TopSuppressed = [.. profile.TopSuppressed.Select(token => token.Text)],
    };

    private static float Single(double? value) => (float)(value ?? double.NaN);
}
