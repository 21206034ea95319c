using System.Text.Json;

namespace OVPipeline.Studies;

/// <summary>What a unit found, as its file holds it.</summary>
internal sealed record StudyPart
{
    /// <summary>All that the figures depend on.</summary>
    public required string Key { get; init; }

    /// <summary>A digest of the key, the figures and <see cref="AtModelScale"/>.</summary>
    public required string Digest { get; init; }

    /// <summary>Whether log-losses and norms are at the model's scale.</summary>
    public required bool AtModelScale { get; init; }

    /// <summary>The figures.</summary>
    public required IReadOnlyList<StudyFigure> Figures { get; init; }

    /// <summary>How it was run.</summary>
    public required RunEnvironment Environment { get; init; }

    public static StudyPart Of(string key, bool atModelScale, IReadOnlyList<StudyFigure> figures, RunEnvironment environment) => new()
    {
        Key = key,
        Digest = DigestOf(key, atModelScale, figures),
        AtModelScale = atModelScale,
        Figures = figures,
        Environment = environment,
    };

    /// <summary>What is wrong with a part that was read for a key, a clause; null where it is whole.</summary>
    public static string? Fault(StudyPart? part, string key)
    {
        if (part is null)
            return "it is not whole";
        if (part.Key != key)
            return $"it is of another unit ({part.Key})";
        return part.Digest == DigestOf(part.Key, part.AtModelScale, part.Figures) ? null : "its digest does not match what it holds";
    }

    private static string DigestOf(string key, bool atModelScale, IReadOnlyList<StudyFigure> figures) =>
        KeptFile.Digest(JsonSerializer.Serialize(new { key, atModelScale, figures }, KeptFile.Json));
}
