using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// What is done to weights as they are read, a group of them at a time: those that take what a step does without changing the model.
/// </summary>
internal sealed record ProcessingSteps
{
    /// <summary>Gain and bias of the norm before attention go into W_Q, W_K and their biases.</summary>
    public bool FoldQueriesAndKeys { get; init; }

    /// <summary>Gain and bias of the norm before attention go into W_V and b_V.</summary>
    public bool FoldValues { get; init; }

    /// <summary>
    /// The gain (<c>ln2_w</c>, or <c>ln1_w</c> where attention and MLP read one norm) that goes, with its bias, into W_in and W_gate.
    /// </summary>
    public WeightKind? FoldMlp { get; init; }

    /// <summary>Gain and bias of the norm before the unembedding go into W_U and b_U.</summary>
    public bool FoldUnembedding { get; init; }

    /// <summary>The mean over d_model goes out of W_E, W_O, W_out and their biases.</summary>
    public bool CenterWriting { get; init; }

    /// <summary>The mean over d_model goes out of W_pos.</summary>
    public bool CenterPositions { get; init; }

    /// <summary>The mean over the vocabulary goes out of W_U and b_U.</summary>
    public bool CenterUnembed { get; init; }

    /// <summary><c>b_V W_O</c> goes into b_O.</summary>
    public bool FoldValueBiases { get; init; }

    /// <summary>Nothing is done.</summary>
    public static ProcessingSteps None { get; } = new();
}
