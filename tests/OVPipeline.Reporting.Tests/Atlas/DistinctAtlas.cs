using OVPipeline.Core;

namespace OVPipeline.Reporting.Tests.Atlas;

/// <summary>An atlas of which no two figures are the same, so that none can stand in another's place.</summary>
internal static class DistinctAtlas
{
    public const int Layers = 3, Heads = 2;

    public static HeadAtlas Create()
    {
        var config = new TransformerConfig
        {
            Name = "tiny",
            Layers = Layers,
            Heads = Heads,
            DModel = 64,
            DHead = 4,
            Vocabulary = 1000,
        };
        HeadIndex[] all = [.. config.AllHeads];
        return new()
        {
            Model = config,
            Notes = [],
            Heads = [.. all.Select(Profile)],
            Compositions =
            [
                .. from later in all
                from earlier in all
                where earlier.Layer < later.Layer
                select new HeadComposition(earlier, later, Score(earlier, later), Score(earlier, later) + 0.3, Score(earlier, later) + 0.6),
            ],
            Baseline = new(0.125, 0.0625, 300),
            KCompositions =
            [
                new(new(0, 1), new(1, 0), 0.75, new(0.11, 0.12), new(0.13, 0.14)),
                new(new(1, 1), new(2, 0), 0.5, new(0.21, 0.22), new(0.23, 0.24)),
            ],
            VirtualHeads =
            [
                new(new(0, 0), new(2, 1), 0.625, new(0.31, 0.32), 0.875),
                new(new(1, 0), new(2, 0), 0.375, new(0.41, 0.42), -0.125),
            ],
        };
    }

    /// <summary>Grows with the later head's layer and index, and within those with the earlier head's.</summary>
    private static double Score(HeadIndex earlier, HeadIndex later) =>
        (0.04 * later.Layer) + (0.02 * later.Head) + (0.008 * earlier.Layer) + (0.004 * earlier.Head);

    // 1.0 copies most, 2.1 suppresses most.
    private static HeadProfile Profile(HeadIndex head)
    {
        double own = (0.01 * head.Layer) + (0.001 * head.Head);
        bool copies = head is { Layer: 1, Head: 0 }, suppresses = head is { Layer: 2, Head: 1 };
        return new()
        {
            Head = head,
            Rank = 4,
            Copying = new(copies ? 0.8 : 0.1 + own, copies ? 0.85 : 0.15 + own),
            Suppression = new(suppresses ? 0.9 : 0.05 + own, suppresses ? 0.95 : 0.08 + own),
            DPrime = 1.5 + own,
            CopyingScore = -0.25 - own,
            OwnToken = new(11.5 + own, 21.5 + own, 0.71 + own),
            NameCopyScore = 0.76 + own,
            SingularValues = [3 + own, 2, 1],
            TopCopied = [new(7, "seven", 2, 0.125), new(8, "eight", 3, 0.25)],
            TopSuppressed = [new(9, "nine", 4, 0.375)],
            QK = new(new(0.21 + own, 0.26 + own), new(0.31 + own, 0.36 + own), 0.41 + own, 2.5 + own, 2.75 + own),
            Positional = new(0.51 + own, 0.56 + own, 0.61 + own, 16),
        };
    }
}
