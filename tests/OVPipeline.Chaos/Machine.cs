namespace OVPipeline.Chaos;

/// <summary>A machine that is not the usual one.</summary>
/// <param name="Name">For people.</param>
/// <param name="Environment">What the runtime is told.</param>
internal sealed record Machine(string Name, Dictionary<string, string> Environment)
{
    /// <summary>What stands before <c>dotnet</c>.</summary>
    public string[] Before { get; init; } = [];

    /// <summary>Whether a program may say that it cannot run here.</summary>
    public bool IsTooSmall { get; init; }

    /// <summary>Whether fits round as they do usually: products and sums at once.</summary>
    public bool HasFusedMultiplyAdd { get; init; } = true;

    /// <summary>How many times the usual processor's time a program may take.</summary>
    public double MostTimes { get; init; } = 10;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Machine> All { get; } =
    [
        new("1 core", []) { Before = ["taskset", "-c", "0"] },
        new("64 cores claimed", new() { ["DOTNET_PROCESSOR_COUNT"] = "64" }),
        new("a heap of 24 MB", new() { ["DOTNET_GCHeapHardLimit"] = "0x1800000" }) { IsTooSmall = true },
        new("a heap of 100 MB", new() { ["DOTNET_GCHeapHardLimit"] = "0x6400000" }),
        new("no AVX-512", new() { ["DOTNET_EnableAVX512"] = "0" }) { MostTimes = 3 },
        new("no AVX2", new() { ["DOTNET_EnableAVX2"] = "0" }) { HasFusedMultiplyAdd = false },
        new("no intrinsics", new() { ["DOTNET_EnableHWIntrinsic"] = "0" }) { HasFusedMultiplyAdd = false },
    ];

    /// <summary>Those of a short run.</summary>
    public static IReadOnlyList<Machine> Short { get; } = [.. All.Where(machine => machine.Name is "no AVX-512")];
}
