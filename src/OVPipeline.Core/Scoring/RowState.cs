namespace OVPipeline.Core;

/// <summary>What is known of a row while it is being scored.</summary>
internal unsafe struct RowState
{
    /// <summary>The row's values.</summary>
    public float* Values;

    /// <summary>Its place among the caller's rows.</summary>
    public int Index;

    /// <summary>The label's position, -1 for none.</summary>
    public int Label;

    /// <summary>Its norm and its error weight, the latter with the unit of rounding multiplied in (<see cref="ErrorBound"/>).</summary>
    public double Norm, ErrorWeight;

    /// <summary>How far from the true one a logit in double may be.</summary>
    public double DoubleError;

    /// <summary>The label's logit in double.</summary>
    public double LabelLogit;

    /// <summary>Candidates held.</summary>
    public int Candidates;

    /// <summary>No column whose logit is below this can be a candidate any more.</summary>
    public double Floor;

    /// <summary>Whether there is a floor yet: if not, every column so far is held.</summary>
    public readonly bool HasFloor => !double.IsNegativeInfinity(Floor);

    /// <summary>How far below the highest logit a logit's exponential is to be taken in double; 0 where single precision will do.</summary>
    public double Reach;

    /// <summary>
    /// A candidate that is exactly the last one wanted, as a position: identical later tokens are no candidates. -1 for none.
    /// </summary>
    public int Last;

    /// <summary>Softmax over all but the label and the candidates held.</summary>
    public SoftmaxSum Softmax;

    /// <summary>The same at inverse temperature 1, where that is asked for too; its shift is the other's.</summary>
    public SoftmaxSum Natural;

    /// <summary>The highest logit, single precision but for huge rows: probabilities are the shares of exp(beta (logit - this)).</summary>
    public double Highest;

    /// <summary>All its logits are zero.</summary>
    public bool IsFlat;

    /// <summary>Single precision could overflow, so that every logit is taken in double.</summary>
    public bool IsHuge;

    /// <summary>Something about the row was decided in double or exactly, because single precision could not.</summary>
    public bool WasRechecked;

    /// <summary>Single precision could not tell another column's logit from the label's.</summary>
    public bool IsClose;
}
