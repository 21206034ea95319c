namespace OVPipeline.Checkpoints;

/// <summary>A checkpoint of a training.</summary>
/// <param name="Position">How far the training had come, in the series' unit.</param>
/// <param name="Name">What it is called: a file's or folder's name, or a revision.</param>
/// <param name="Source">What <see cref="TransformerCheckpoint.Load(string)"/> takes for it.</param>
public sealed record SeriesCheckpoint(long Position, string Name, string Source);

/// <summary>What the names of a training's checkpoints count.</summary>
public enum SeriesUnit
{
    /// <summary>Tokens trained on.</summary>
    Tokens,

    /// <summary>Steps of the optimizer.</summary>
    Steps,

    /// <summary>Passes over the training set.</summary>
    Epochs,
}
