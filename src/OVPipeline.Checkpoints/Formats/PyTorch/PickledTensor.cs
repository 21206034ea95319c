namespace OVPipeline.Checkpoints;

/// <summary>A tensor that a pickle describes: every element is known to lie in the storage. Offset and strides count elements.</summary>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides);
