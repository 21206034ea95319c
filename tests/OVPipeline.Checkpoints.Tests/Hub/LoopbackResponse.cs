namespace OVPipeline.Checkpoints.Tests;

/// <summary>An answer of the loopback server, faults included.</summary>
internal sealed record LoopbackResponse(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>The connection ends after so many bytes of the body, whatever was announced.</summary>
    public int CutAfter { get; init; } = int.MaxValue;

    /// <summary>The body's length as announced; null announces none.</summary>
    public long? Announced { get; init; } = Body.Length;

    /// <summary>The body goes out in pieces of so many bytes, a tenth of a second apart.</summary>
    public int? PieceEachTenth { get; init; }

    /// <summary>Nothing is sent before that time.</summary>
    public TimeSpan Delay { get; init; }
}
