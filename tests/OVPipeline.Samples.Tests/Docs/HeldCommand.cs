namespace OVPipeline.Samples.Tests.Docs;

/// <summary>How a command of the pages is held to the code.</summary>
internal abstract record HeldCommand
{
    private HeldCommand() { }

    /// <summary>It is run here, as it stands or with other arguments that make it small.</summary>
    public sealed record Run(string? Smaller = null) : HeldCommand;

    /// <summary>A test runs it, or a smaller one: its class and method.</summary>
    public sealed record Tested(string Test) : HeldCommand;

    /// <summary>CI runs it: what stands in <c>.ci/run</c>.</summary>
    public sealed record InCI(string Line) : HeldCommand;

    /// <summary>It cannot be run here, for a reason; its options are held to what the program reads.</summary>
    public sealed record OptionsOnly(string Why) : HeldCommand;
}
