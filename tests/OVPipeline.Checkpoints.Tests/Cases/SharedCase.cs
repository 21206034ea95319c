namespace OVPipeline.Checkpoints.Tests;

/// <summary>What a file or folder that people gave us must do.</summary>
/// <param name="Path">Where it lies under <c>shared</c>.</param>
/// <param name="Model">The model that it loads as, in the words of <see cref="SharedCheckpointsTests"/>; null where it is refused.</param>
internal sealed record SharedCase(string Path, string? Model)
{
    /// <summary>What the error about it says after its path, or where it is an error only to read its weights.</summary>
    public string? Error { get; init; }

    /// <summary>Parts of what is said of the processing; each must be there.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether there is a tokenizer: null for none and no word of it, empty for one, else a part of the reason why not.</summary>
    public string? NoTokenizer { get; init; }

    /// <summary>Tensors that are listed and cannot be read.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    public override string ToString() => Path;
}
