namespace OVPipeline.Core;

/// <summary>
/// How much of what an earlier head writes a later head reads (Elhage et al. 2021): <c>||W_OV M|| / (||W_OV|| ||M||)</c> in the
/// Frobenius norm, where W_OV is the earlier head's and M is the later head's. Row vectors multiply from the left.
/// </summary>
/// <param name="Earlier">The head that writes.</param>
/// <param name="Later">The head that reads, in a later layer.</param>
/// <param name="Q">Q-composition, <c>M = W_Q W_K'</c>; null where the model has no W_Q or no W_K.</param>
/// <param name="K">K-composition, <c>M = W_K W_Q'</c>; null as above.</param>
/// <param name="V">V-composition, <c>M = W_V W_O</c>.</param>
public sealed record HeadComposition(HeadIndex Earlier, HeadIndex Later, double? Q, double? K, double V);
