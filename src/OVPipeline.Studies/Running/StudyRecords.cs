using System.Security.Cryptography;
using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>Which study a folder is of: written by whoever comes first.</summary>
/// <param name="Name">The study's name.</param>
/// <param name="Digest">A digest of its units.</param>
/// <param name="Units">How many they are.</param>
internal sealed record StudyMark(string Name, string Digest, int Units)
{
    public static StudyMark Of(StudyPlan plan) =>
        new(plan.Study.Name, KeptFile.Digest(string.Join('\n', plan.Units.Select(unit => unit.Key))), plan.Units.Count);
}

/// <summary>What a model at a revision, and the text beside it, were when the study began.</summary>
/// <param name="Model">A digest of its configuration, tokens and weights.</param>
/// <param name="Text">A digest of the study's text; null for none.</param>
internal sealed record ModelMark(string Model, string? Text)
{
    /// <summary>All that a unit's figures depend on.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="read">What the unit reads beside the model and the text; null for nothing.</param>
    public string KeyOf(StudyUnit unit, ReadMark? read) =>
        $"part 1, version {RunEnvironment.OwnVersion}, {unit.Key}, weights {Model}"
        + (unit.Measure.ReadsText ? $", text {Text}" : "") + (read is null ? "" : $", read {read.Digest}");
}

/// <summary>What a measure reads beside the models and the text, as it was when a unit first read it.</summary>
/// <param name="Digest">A digest of all the files' names and bytes; of a hub's id that id.</param>
internal sealed record ReadMark(string Digest)
{
    public static ReadMark Of(string place)
    {
        if (File.Exists(place))
            return new(DigestOf(place));
        if (!Directory.Exists(place))
            return new(place);
        return new(KeptFile.Digest(string.Join('\n', Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(file => $"{Path.GetRelativePath(place, file)} {DigestOf(file)}"))));
    }

    private static string DigestOf(string file)
    {
        using var stream = RegularFile.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

/// <summary>Why a unit failed.</summary>
/// <param name="Unit">The unit's key.</param>
/// <param name="Why">The sentence.</param>
/// <param name="Host">The machine's name.</param>
internal sealed record UnitFailure(string Unit, string Why, string Host);
