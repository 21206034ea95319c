using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A control in a sentence.</summary>
/// <param name="Name">The control, such as a weight decay.</param>
/// <param name="Top1">Its top-1 share.</param>
/// <param name="LogLoss">Its log-loss at natural scale, in nats.</param>
/// <param name="Failed">Why it cannot be what it is meant to be; null where it can.</param>
internal sealed record ControlFigure(string Name, double Top1, double LogLoss, FailedCheck? Failed = null);

/// <summary>What the sentences of the controls are made of.</summary>
internal sealed record FairnessFigures
{
    /// <summary>That no head copies, in words; null where one does.</summary>
    public string? NoCopyingHead { get; init; }

    /// <summary>Tokens, V.</summary>
    public required int Tokens { get; init; }

    /// <summary>Whether log-losses and norms are at the model's scale.</summary>
    public bool AtModelScale { get; init; } = true;

    /// <summary>The best head.</summary>
    public required ControlFigure Head { get; init; }

    /// <summary>The copier as the claim had it.</summary>
    public required ControlFigure Baseline { get; init; }

    /// <summary>The same under weight decays, least first.</summary>
    public required IReadOnlyList<ControlFigure> Decays { get; init; }

    /// <summary>The same at the head's own norm.</summary>
    public required ControlFigure Capped { get; init; }

    /// <summary>A copier of a random permutation.</summary>
    public required ControlFigure Permuted { get; init; }

    /// <summary>A copier through an untrained model's embeddings.</summary>
    public required ControlFigure Untrained { get; init; }

    /// <summary>The best head of an untrained model.</summary>
    public required ControlFigure UntrainedHead { get; init; }

    /// <summary>The table that they are in.</summary>
    public required string Table { get; init; }
}
