namespace OVPipeline.Experiments;

/// <summary>What a position of text lets a head do for its target.</summary>
internal enum TextContext
{
    /// <summary>The current token stood earlier in the window and the target followed it: what induction predicts.</summary>
    Induction,
    /// <summary>The target stood earlier in the window, but never after the current token.</summary>
    Seen,
    /// <summary>The target is new in the window.</summary>
    New,
}
