namespace OVPipeline.Experiments;

/// <summary>Logits of some positions at a time, so that those of all positions over a large vocabulary are never held.</summary>
internal static class LogitRows
{
    // 30 MiB of floats: all positions of a block at once in a vocabulary of 3,800 tokens. Memory of more is not used again by the C
    // library, and each of its pages is zeroed anew.
    private const long Values = 30 << 18;

    /// <summary>Runs of rows.</summary>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="outputs">Logits of a row.</param>
    public static IEnumerable<(long First, long Count)> Of(long rows, long outputs)
    {
        long most = Math.Max(1, Values / outputs);
        for (long first = 0; first < rows; first += most)
            yield return (first, Math.Min(most, rows - first));
    }
}
