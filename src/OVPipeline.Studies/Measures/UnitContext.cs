using OVPipeline.Checkpoints;
using OVPipeline.Experiments;

namespace OVPipeline.Studies;

/// <summary>What a unit works with: the model at a revision, and where text and finished parts of experiments are.</summary>
/// <param name="Of">The model as the study names it.</param>
/// <param name="Model">The model, loaded.</param>
/// <param name="Text">A folder of texts; null for none.</param>
/// <param name="Store">Where parts of experiments are kept, under the measure's name; null to keep none.</param>
/// <param name="Seed">The study's seed.</param>
/// <param name="CancellationToken">Stops within a step.</param>
internal sealed record UnitContext(
    StudyModel Of, TransformerCheckpoint Model, string? Text, string? Store, int Seed, CancellationToken CancellationToken)
{
    /// <summary>A laboratory for the model.</summary>
    /// <param name="quick">Whether few blocks of text are run.</param>
    /// <param name="measure">What its parts are kept under.</param>
    public Laboratory Laboratory(bool quick = false, string? measure = null) =>
        new(Model, (quick ? LaboratoryOptions.Quick : new()) with
        {
            Text = Text,
            Seed = Seed,
            Store = Store is null || measure is null ? null : Path.Combine(Store, measure),
            CancellationToken = CancellationToken,
        });
}
