using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Experiments;

namespace OVPipeline.Studies;

/// <summary>
/// Does a shard of a study. What is there is not done again; whatever else runs on the same folder, or ran and was killed, does no harm.
/// </summary>
/// <param name="folder">The study's folder.</param>
/// <param name="load">Loads a model at a revision; null for <see cref="StudyModel.Load"/>.</param>
public sealed class StudyRunner(StudyFolder folder, Func<StudyModel, string, TransformerCheckpoint>? load = null)
{
    private readonly StudyFiles _files = folder.Files;
    private (string Key, Lazy<(TransformerCheckpoint Model, ModelMark Mark)> Loaded)? _model;

    /// <summary>Does what is missing of a shard.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="progress">Told after each unit.</param>
    /// <param name="cancellationToken">Stops within a step; what was finished is kept.</param>
    /// <returns>What became of the units, in order: done, or failed and why.</returns>
    /// <exception cref="FileException">A part cannot be written, such as on a full disk: what follows could not be either.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<UnitStatus> Run(
        StudyShard shard, IProgress<UnitStatus>? progress = null, CancellationToken cancellationToken = default)
    {
        List<UnitStatus> done = [];
        foreach (var unit in folder.Plan.UnitsOf(shard))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var status = Run(unit, cancellationToken);
            done.Add(status);
            progress?.Report(status);
        }
        return done;
    }

    private UnitStatus Run(StudyUnit unit, CancellationToken cancellationToken)
    {
        try
        {
            if (folder.StatusOf(unit).State != UnitState.Done)
            {
                var (model, mark) = LoadedFor(unit, cancellationToken);
                Measure(unit, model, mark.KeyOf(unit, Read(unit)), cancellationToken);
                if (File.Exists(_files.Failure(unit)))
                    File.Delete(_files.Failure(unit));
            }
            return new(unit, UnitState.Done, null);
        }
        catch (Exception e) when (IsOfTheUnit(e))
        {
            KeptFile.Write(_files.Failure(unit), new UnitFailure(unit.Key, e.Message.ReplaceLineEndings(" "), Environment.MachineName));
            return new(unit, UnitState.Failed, e.Message);
        }
    }

    private void Measure(StudyUnit unit, TransformerCheckpoint model, string key, CancellationToken cancellationToken)
    {
        var end = RunEnvironment.Begin(folder.Plan.Study.Seed);
        var figures = unit.Run(
            new(unit.Model, model, folder.Plan.Study.Text, _files.Store(unit), folder.Plan.Study.Seed, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        bool atModelScale = model.Weights.LogitsAtModelScale;
        KeptFile.Write(folder.PathOf(unit, key), StudyPart.Of(key, atModelScale, figures, end()));
    }

    private ReadMark? Read(StudyUnit unit)
    {
        if (unit.Reads is not { } place)
            return null;
        var own = ReadMark.Of(place);
        return KeptFile.WriteFirst(_files.Read(place), own) == own ? own : throw new StudyException(place,
            $"its files are others than when a unit first read them: put them back, or begin in another folder.");
    }

    // Units of a model follow each other: one model is held at a time.
    private (TransformerCheckpoint Model, ModelMark Mark) LoadedFor(StudyUnit unit, CancellationToken cancellationToken)
    {
        if (_model is not { } held || held.Key != unit.ModelKey)
            _model = held = (unit.ModelKey, new(() => Load(unit, cancellationToken)));
        return held.Loaded.Value;
    }

    private (TransformerCheckpoint Model, ModelMark Mark) Load(StudyUnit unit, CancellationToken cancellationToken)
    {
        var model = load?.Invoke(unit.Model, unit.Revision) ?? unit.Model.Load(unit.Revision, null, cancellationToken);
        var planned = folder.Plan.Sizes[unit.Model.Name];
        var sizes = ModelSizes.Of(model.Weights.Config);
        if (sizes != planned)
            throw new StudyException(unit.ModelKey, $"has {sizes}, and was planned with {planned}: correct its sizes in the study's file.");
        var own = new ModelMark(ModelDigest.Of(model), TokenCounts.DigestOf(folder.Plan.Study.Text));
        var first = KeptFile.WriteFirst(_files.Model(unit), own);
        if (first.Model != own.Model)
        {
            throw new StudyException(unit.ModelKey, $"its weights are others ({own.Model}) than when the study began ({first.Model}): "
                + "put them back, or begin in another folder.");
        }
        return first.Text == own.Text ? (model, own) : throw new StudyException(folder.Plan.Study.Text ?? "text",
            "its texts are others than when the study began: put them back, or begin in another folder.");
    }

    // What other units need not meet. A file of the study that cannot be written or read ends the run.
    private static bool IsOfTheUnit(Exception e) =>
        e is CheckpointException or StudyException or ArgumentException or InvalidOperationException or FormatException
            or NotFiniteNumberException or InsufficientMemoryException;
}
