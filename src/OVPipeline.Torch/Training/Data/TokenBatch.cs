namespace OVPipeline.Torch;

/// <summary>Sequences to train or to test on, one after the other.</summary>
internal sealed class TokenBatch(int sequences, int context)
{
    public int Sequences { get; } = sequences;

    public int Context { get; } = context;

    /// <summary>[B T] ids: the separator, then the window without its last token.</summary>
    public long[] Inputs { get; } = new long[sequences * context];

    /// <summary>[B T] ids: the window.</summary>
    public long[] Targets { get; } = new long[sequences * context];

    /// <summary>Sets a sequence's inputs from its targets.</summary>
    public void Prepend(int sequence, int separator)
    {
        int first = sequence * Context;
        Inputs[first] = separator;
        Array.Copy(Targets, first, Inputs, first + 1, Context - 1);
    }

    /// <summary>Weights of positions: <paramref name="weight"/> where the target stands among the inputs so far, else 1.</summary>
    public void WeighRepeats(float weight, Span<float> weights, int[] lastSeen)
    {
        Array.Fill(lastSeen, -1);
        for (int i = 0; i < Inputs.Length; i++)
        {
            int sequence = i / Context;
            lastSeen[Inputs[i]] = sequence;
            weights[i] = lastSeen[Targets[i]] == sequence ? weight : 1;
        }
    }
}
