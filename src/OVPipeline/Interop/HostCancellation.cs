using Microsoft.ML.Runtime;

namespace OVPipeline;

/// <summary>
/// A token that is cancelled when the MLContext is (its <c>CancelExecution</c>, which AutoML calls), or when another token is. ML.NET tells
/// nobody: steps have to ask, and what asks here is a timer, ten times a second, so that work that is deep in Core stops too.
/// </summary>
internal sealed class HostCancellation : IDisposable
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(100);

    private readonly IHost _host;
    private readonly CancellationTokenSource _source;
    private readonly Timer _timer;
    private readonly Lock _gate = new();
    private bool _isDisposed;

    public HostCancellation(IHost host, CancellationToken other = default)
    {
        _host = host;
        _source = CancellationTokenSource.CreateLinkedTokenSource(other);
        Token = _source.Token;
        _timer = new(_ => Ask(), null, s_period, s_period);
    }

    /// <summary>The token.</summary>
    public CancellationToken Token { get; }

    /// <summary>Does a piece of work with the token; where the host was cancelled meanwhile, the exception is ML.NET's own.</summary>
    public static T Run<T>(IHost host, Func<CancellationToken, T> work, CancellationToken other = default)
    {
        host.CheckAlive();
        using var cancellation = new HostCancellation(host, other);
        try
        {
            var result = work(cancellation.Token);
            host.CheckAlive();
            return result;
        }
        catch (OperationCanceledException)
        {
            host.CheckAlive();
            throw;
        }
    }

    /// <summary>Waits for what cannot be interrupted, such as reading a large file, and goes away from it when cancelled.</summary>
    public static T WaitFor<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var task = Task.Run(work, CancellationToken.None);
        Task.WaitAny([task], cancellationToken);
        return task.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _isDisposed = true;
            _source.Dispose();
        }
    }

    private void Ask()
    {
        if (_host is not ICancelable { IsCanceled: true })
            return;
        lock (_gate)
        {
            if (!_isDisposed)
                _source.Cancel();
        }
    }
}
