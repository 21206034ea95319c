namespace OVPipeline.Core;

/// <summary>Why a fit ended.</summary>
public enum FitStop
{
    /// <summary>All steps were taken.</summary>
    Steps,
    /// <summary>The target accuracy was reached.</summary>
    TargetAccuracy,
    /// <summary>The loss no longer fell.</summary>
    Plateau,
    /// <summary>It was cancelled; the factors are the best so far.</summary>
    Cancelled,
    /// <summary>The objective was solved in closed form, without steps.</summary>
    ClosedForm,
    /// <summary>A fit within bounds (a norm, weight decay) reached a point that no small move within them improves.</summary>
    Stationary,
}
