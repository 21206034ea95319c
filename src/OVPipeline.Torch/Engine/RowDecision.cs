namespace OVPipeline.Torch;

/// <summary>What it took to decide a row's rank and order.</summary>
internal enum RowDecision
{
    /// <summary>The device's single precision.</summary>
    InSingle,
    /// <summary>Double precision, on the device.</summary>
    InDouble,
    /// <summary>It is still open: the row is the CPU engine's.</summary>
    LeftOpen,
}
