using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>A folder in which a study is done, by any number of processes at once: what is there of it, unit by unit.</summary>
public sealed class StudyFolder
{
    private StudyFolder(StudyPlan plan, string folder)
    {
        Plan = plan;
        Files = new(folder);
    }

    /// <summary>The plan.</summary>
    public StudyPlan Plan { get; }

    /// <summary>The folder.</summary>
    public string Folder => Files.Folder;

    internal StudyFiles Files { get; }

    /// <summary>Opens a folder that may be empty, or not there, for a study.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="begin">Whether the study is begun where it was not; else nothing is written.</param>
    /// <exception cref="StudyException">The folder is of another study, or of this one as it was before its file changed.</exception>
    /// <exception cref="FileException">The folder cannot be written.</exception>
    public static StudyFolder Open(StudyPlan plan, string folder, bool begin)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var opened = new StudyFolder(plan, folder);
        var mark = StudyMark.Of(plan);
        var there = begin ? KeptFile.WriteFirst(opened.Files.Study, mark) : KeptFile.Read<StudyMark>(opened.Files.Study);
        if (there is not null && there.Name != mark.Name)
            throw new StudyException(folder, $"is the folder of the study {there.Name}, not of {mark.Name}: name another folder.");
        if (there is not null && there != mark)
        {
            throw new StudyException(folder, $"was begun when {plan.Study.File} had other units ({there.Units:N0} of them, now "
                + $"{mark.Units:N0}): put the file back as it was, or name another folder.");
        }
        return opened;
    }

    /// <summary>How each unit stands, in order. It reads what is there and needs no process that runs.</summary>
    public IReadOnlyList<UnitStatus> Status() => [.. Plan.Units.Select(unit => StatusOf(unit))];

    /// <summary>How a unit stands.</summary>
    internal UnitStatus StatusOf(StudyUnit unit)
    {
        if (KeyOf(unit) is { } key)
        {
            var part = KeptFile.Read<StudyPart>(PathOf(unit, key));
            string? fault = StudyPart.Fault(part, key);
            if (fault is null)
                return new(unit, UnitState.Done, null) { Part = part };
            if (part is not null || File.Exists(PathOf(unit, key)))
                return new(unit, UnitState.Damaged, $"its part is not taken: {fault}.");
        }
        return KeptFile.Read<UnitFailure>(Files.Failure(unit)) is { } failure && failure.Unit == unit.Key
            ? new(unit, UnitState.Failed, $"{failure.Why.TrimEnd('.')} (on {failure.Host}).")
            : new(unit, UnitState.Missing, null);
    }

    /// <summary>All that a unit's figures depend on, as it was when the study began; null where no such unit was run.</summary>
    internal string? KeyOf(StudyUnit unit)
    {
        var model = KeptFile.Read<ModelMark>(Files.Model(unit));
        var read = unit.Reads is { } place ? KeptFile.Read<ReadMark>(Files.Read(place)) : null;
        return unit.Reads is not null && read is null ? null : model?.KeyOf(unit, read);
    }

    /// <summary>The file of a unit's part.</summary>
    internal string PathOf(StudyUnit unit, string key) => Files.Part(unit, KeptFile.Digest(key));
}
