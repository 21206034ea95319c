namespace OVPipeline.Checkpoints;

/// <summary>A tensor by which models of a layout are known.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Prefixes">What may come before it in the model's own names, the usual first.</param>
internal sealed record WeightMark(string Name, IReadOnlyList<string> Prefixes);

/// <summary>A place where a file has a layout's mark: a model may lie there.</summary>
/// <param name="Path">What comes before the mark, with a dot at its end, or nothing.</param>
/// <param name="Wrappers">
/// What of it may be a wrapper that is no part of the model's names, the longest of the layout's own prefixes taken off first: of
/// <c>model.model.</c> before a mark of Llama's, whose own names may begin with <c>model.</c>, first <c>model.</c>, then all of it.
/// </param>
internal sealed record WeightPlace(string Path, IReadOnlyList<string> Wrappers);
