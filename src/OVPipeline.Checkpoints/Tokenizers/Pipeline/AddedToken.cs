namespace OVPipeline.Checkpoints;

/// <summary>A token put beside a trained vocabulary and found in text before anything else.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">The text that is it.</param>
/// <param name="Normalized">Found in normalised text, not in the text as given.</param>
/// <param name="SingleWord">Found only where no word character touches it.</param>
/// <param name="LeftStrip">Takes white space before it along.</param>
/// <param name="RightStrip">Takes white space after it along.</param>
internal sealed record AddedToken(int Id, string Content, bool Normalized = false, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false);
