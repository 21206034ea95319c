using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>An HTTP server on a loopback port that answers as told; one request for each connection.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end;
    private readonly Func<LoopbackRequest, LoopbackResponse> _answer;

    /// <summary>Listens.</summary>
    /// <param name="answer">What is answered.</param>
    /// <param name="lifetime">How long, at most; a minute where null.</param>
    public LoopbackServer(Func<LoopbackRequest, LoopbackResponse> answer, TimeSpan? lifetime = null)
    {
        _end = new(lifetime ?? TimeSpan.FromMinutes(1));
        _answer = answer;
        _listener.Start();
        Address = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>All requests so far.</summary>
    public ConcurrentQueue<LoopbackRequest> Requests { get; } = [];

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                LoopbackRequest request = await ReadAsync(stream);
                Requests.Enqueue(request);
                LoopbackResponse response = _answer(request);
                await Task.Delay(response.Delay, _end.Token);
                await WriteAsync(stream, request, response);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
            }
        }
    }

    private async Task<LoopbackRequest> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (text.Length > 16384 || await stream.ReadAsync(buffer, _end.Token) == 0)
                throw new IOException("No request.");
            text.Append((char)buffer[0]);
        }

        string[] lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        return new(first[0], first[1],
            lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(h => h[0], h => h[1], StringComparer.OrdinalIgnoreCase));
    }

    private async Task WriteAsync(NetworkStream stream, LoopbackRequest request, LoopbackResponse response)
    {
        var head = new StringBuilder($"HTTP/1.1 {response.Status} Status\r\nConnection: close\r\n");
        if (response.Announced is { } length)
            head.Append($"Content-Length: {length}\r\n");
        foreach ((string name, string value) in response.Headers)
            head.Append($"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _end.Token);
        if (request.Method == "HEAD")
            return;
        var body = response.Body.AsMemory(0, Math.Min(response.Body.Length, response.CutAfter));
        int piece = response.PieceEachTenth ?? body.Length;
        for (int from = 0; from < body.Length; from += piece)
        {
            await stream.WriteAsync(body.Slice(from, Math.Min(piece, body.Length - from)), _end.Token);
            if (response.PieceEachTenth is not null)
                await Task.Delay(100, _end.Token);
        }
    }
}
