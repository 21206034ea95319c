using OVPipeline.Checkpoints;

namespace OVPipeline.Torch;

/// <summary>A run as saved: weights, the optimiser's state, and where it stands.</summary>
public sealed class TrainingCheckpoint
{
    private readonly IReadOnlyDictionary<string, float[]> _moments;

    internal TrainingCheckpoint(
        string folder,
        Transformer model,
        TrainingState state,
        IReadOnlyDictionary<string, float[]> moments)
    {
        Folder = folder;
        Model = model;
        State = state;
        _moments = moments;
    }

    /// <summary>The folder it was read from.</summary>
    public string Folder { get; }

    /// <summary>The model.</summary>
    public Transformer Model { get; }

    /// <summary>Where the run stands, and its options.</summary>
    public TrainingState State { get; }

    internal static string MeanName(string parameter) => $"mean.{parameter}";

    internal static string SquareName(string parameter) => $"square.{parameter}";

    /// <exception cref="CheckpointException">The state is of other parameters.</exception>
    internal void Restore(AdamW optimizer)
    {
        optimizer.Steps = State.Step;
        foreach (var parameter in optimizer.Parameters)
        {
            Copy(MeanName(parameter.Name), parameter.Mean);
            Copy(SquareName(parameter.Name), parameter.Square);
        }

        void Copy(string name, float[] to)
        {
            if (!_moments.TryGetValue(name, out var from) || from.Length != to.Length)
                throw new CheckpointException(
                    Folder,
                    name,
                    $"the optimiser's state has {from?.Length ?? 0} values, {to.Length} are needed: " +
                    "resume with the same parameters trained.");
            from.CopyTo(to, 0);
        }
    }
}
