namespace OVPipeline.Core;

/// <summary>Where a transformer's weights come from. A checkpoint's architecture implements it; each call reads just what is asked for.</summary>
public interface IWeightSource
{
    /// <summary>Whether the source has a weight of this kind; biases and positions often are absent.</summary>
    bool Has(WeightKind kind);

    /// <summary>
    /// Reads one weight in the shape its <see cref="WeightKind"/> documents. Layer and head matter only to kinds that have them.
    /// </summary>
    Matrix Read(WeightKind kind, HeadIndex head = default);
}
