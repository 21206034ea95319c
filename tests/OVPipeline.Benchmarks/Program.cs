using System.CommandLine;
using OVPipeline.Benchmarks;
using Spectre.Console;

if (Console.IsOutputRedirected)
    AnsiConsole.Profile.Width = 160; // a file has no width of its own
var command = new RootCommand("Measures OVPipeline's kernels, alone and beside libtorch's, on synthetic weights made for the purpose.")
    { CompareCommand.Create(), ScalingCommand.Create(), MicroCommand.Create(), Work.Create() };
var parsed = command.Parse(args);
try
{
    // Cancelling waits for what is running: libtorch does not bear a process that ends under it.
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(2) });
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Cancelled.");
    return 130;
}
catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
