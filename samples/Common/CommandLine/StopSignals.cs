using System.Runtime.InteropServices;

namespace OVPipeline.Samples;

/// <summary>Ctrl+C and SIGTERM: the first asks a run to stop, the second one, or the end of patience, ends it.</summary>
internal sealed class StopSignals : IDisposable
{
    private const int Interrupted = 130, Terminated = 143; // 128 and the signal's number, as shells have it

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TimeSpan _patience;
    private Timer? _end;

    public StopSignals(TimeSpan patience)
    {
        _patience = patience;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
        ];
    }

    /// <summary>The exit code of a run that was stopped.</summary>
    public static int ExitCode { get; private set; } = Interrupted;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _end?.Dispose();
        _source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true; // the process ends by itself
        ExitCode = context.Signal == PosixSignal.SIGTERM ? Terminated : Interrupted;
        if (_end is not null)
            End();
        _end = new(_ => End(), null, _patience, Timeout.InfiniteTimeSpan);
        _source.CancelAsync();
    }

    private static void End()
    {
        Console.Error.WriteLine("Cancelled.");
        Environment.Exit(ExitCode);
    }
}
