namespace OVPipeline.Experiments;

/// <summary>What a position of text lets a head do for its target.</summary>
public enum TextContext
{
    /// <summary>The current token stood earlier in the window and the target followed it: what induction predicts.</summary>
    Induction,
    /// <summary>The target stood earlier in the window, but never after the current token.</summary>
    Seen,
    /// <summary>The target is new in the window.</summary>
    New,
}

/// <summary>Which targets of a context are taken.</summary>
public enum TextTargets
{
    /// <summary>All of them.</summary>
    All,
    /// <summary>Those that look like names (<see cref="TextContexts.IsName"/>).</summary>
    Names,
    /// <summary>The others.</summary>
    Others,
}
