using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Experiment 4: other circuits in the place of two heads' OV circuits, judged by next-token loss.</summary>
public sealed class PutItBack : Experiment<PutItBackOptions, PutItBackResult>
{
    internal static ExperimentInfo Description { get; } = new("put-back", "4. Put it back",
        "If a trained copier takes the place of a head's OV circuit, does the model predict text as well? And how much of what these heads "
        + "do for it is copying?");

    /// <summary>The experiment.</summary>
    /// <param name="options">Seed and steps of fits; null for full ones.</param>
    public PutItBack(PutItBackOptions? options = null)
        : base(options ?? new())
    {
    }

    /// <inheritdoc/>
    public override ExperimentInfo Info => Description;

    /// <inheritdoc/>
    protected override int Version => 8;

    /// <inheritdoc/>
    public override string? Unavailable(Laboratory laboratory)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        return laboratory.Forward.NoPair;
    }

    /// <inheritdoc/>
    protected override PutItBackResult Measure(ExperimentRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var gate = run.Gate;
        var text = run.Laboratory.Forward.Pair(gate.A, gate.B);
        HeadIndex[][] places = [[gate.A], [gate.B], [gate.A, gate.B]];
        PutBackArm[] arms = [.. new PutBackArms(run.Laboratory, Options, gate.A, gate.B, run.CancellationToken).All()];
        var forward = run.Laboratory.Forward;
        var steps = run.Steps(arms.Length + ((forward.NoSplit is null ? 2 : 1) * places.Length));

        PutBackOutcome Ablated(HeadIndex[] place) => steps.Next("mean ablation",
            () => run.Part($"none-{Key(place)}", () => PutBackOutcome.MeanAblation(text, place)));
        PutBackOutcome Judged(PutBackArm arm, int i) => steps.Next($"{arm.Name}, {Key(arm.Place)}",
            () => run.Part($"arm-{i}", () => PutBackOutcome.Judge(text, arm)));
        CopySplit? Split(HeadIndex[] place) => forward.NoSplit is not null ? null : steps.Next($"parts of {Key(place)}",
            () => run.Part($"split-{Key(place)}", () => CopySplit.Measure(text, place)));

        PutBackOutcome[] none = [.. places.Select(Ablated)];
        PutBackOutcome[] judged = [.. arms.Select(Judged)];
        CopySplit?[] splits = [.. places.Select(Split)];
        return new()
        {
            Model = run.Config,
            Gate = gate,
            NoCopiers = forward.NoCopying ?? forward.NoScales,
            NoSplit = forward.NoSplit,
            IsRunAgain = !forward.IsLinear(gate.A.Layer),
            Books = text.Books,
            Places = [.. places.Select((place, i) => new PutBackPlace(place, none[i], ArmsOf(place), splits[i]))],
        };

        PutBackMeasurement[] ArmsOf(HeadIndex[] place) =>
        [
            .. arms.Zip(judged).Where(one => one.First.Place.SequenceEqual(place))
                .Select(one => new PutBackMeasurement(one.First.Name, one.First.Rank, one.Second)),
        ];
    }

    private static string Key(IReadOnlyList<HeadIndex> place) => string.Join("+", place);
}
