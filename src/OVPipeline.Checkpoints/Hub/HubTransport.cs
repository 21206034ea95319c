using System.Net;
using System.Net.Http.Headers;

namespace OVPipeline.Checkpoints;

/// <summary>Requests to the hub: redirects, the token, time limits, repeated tries.</summary>
internal sealed class HubTransport : IDisposable
{
    // A file takes one or two redirects. A transfer that gains a few bytes a try may go on for long, but not for ever.
    private const int MostRedirects = 10, MostTries = 1000;
    private readonly HubOptions _options;
    private readonly HttpClient _client;

    /// <summary>A transport.</summary>
    /// <exception cref="ArgumentException">The token cannot be sent.</exception>
    public HubTransport(HubOptions options)
    {
        if (options.Token?.Any(c => c is <= ' ' or > '~') == true)
            throw new ArgumentException("The access token holds characters that no token has.", nameof(options));
        _options = options;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = !options.Endpoint.IsLoopback,
            ConnectTimeout = options.Timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        string? version = typeof(HubTransport).Assembly.GetName().Version?.ToString(3);
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("OVPipeline", version));
        _client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    /// <summary>An address at the hub; <paramref name="path"/> is escaped already.</summary>
    public Uri At(string path) => new(_options.Endpoint.AbsoluteUri.TrimEnd('/') + "/" + path);

    /// <summary>Repeats what fails for a passing reason, waiting longer each time.</summary>
    /// <param name="attempt">One try; it throws <see cref="HubFailure"/>.</param>
    /// <param name="gained">
    /// How far the work has come: where a try that failed took it further than any before, the count of failures starts anew, unless the
    /// answer was too slow.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting too.</param>
    /// <exception cref="HubFailure">The last failure.</exception>
    public async Task<T> RepeatAsync<T>(Func<Task<T>> attempt, Func<long> gained, CancellationToken cancellationToken)
    {
        long before = gained();
        for (int tries = 1, failures = 1; ; tries++, failures++)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (HubFailure failure) when (failure.IsTransient)
            {
                failures = gained() > before && !failure.IsSlow ? 1 : failures;
                before = Math.Max(before, gained());
                if (failures >= _options.Attempts || tries >= MostTries || failure.Wait > _options.LongestWait)
                    throw;
                TimeSpan backOff = _options.BackOff * (1 << Math.Min(failures - 1, 4)); // 1, 2, 4, 8, 16, 16 ...
                await Task.Delay(failure.Wait > backOff ? failure.Wait.Value : backOff, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sends one request and follows redirects, those to other hosts without the token.</summary>
    /// <param name="method">
    /// GET or HEAD; for HEAD a redirect to a full address is the answer, as it bears the headers that describe the file.
    /// </param>
    /// <param name="uri">Where to.</param>
    /// <param name="from">First byte wanted, or 0 for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The answer with its headers read, its status 2xx, 416 or, for HEAD, 3xx.</returns>
    /// <exception cref="HubFailure">There is none such.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri uri, long from, CancellationToken cancellationToken)
    {
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using var request = new HttpRequestMessage(method, uri);
            if (_options.Token is { } token && IsHub(uri))
                request.Headers.Authorization = new("Bearer", token);
            if (from > 0)
                request.Headers.Range = new(from, null);
            HttpResponseMessage response = await SendOnceAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                return method == HttpMethod.Head ? response : Unpacked(response);
            if (Target(response, uri) is not { } target)
            {
                HubFailure failure = HubStatus.Explain(response, _options.Token is not null);
                response.Dispose();
                throw failure;
            }

            if (method == HttpMethod.Head && response.Headers.Location!.IsAbsoluteUri)
                return response;
            response.Dispose();
            uri = Allowed(uri, target);
        }

        throw new HubFailure($"the hub redirects more than {MostRedirects} times", isTransient: false);
    }

    /// <summary>What watches how fast an answer comes.</summary>
    public HubRate Rate() => new(_options);

    /// <summary>Reads the next bytes of an answer, within the time limit.</summary>
    /// <exception cref="HubFailure">The connection broke, or the answer is too slow.</exception>
    public async Task<int> ReadAsync(Stream stream, Memory<byte> buffer, HubRate rate, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        try
        {
            return await rate.ReadAsync(stream, buffer, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsPassing(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new HubFailure($"the connection broke: {Reason(e)}", isTransient: true, inner: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsPassing(e) && !cancellationToken.IsCancellationRequested)
        {
            string host = request.RequestUri!.GetLeftPart(UriPartial.Authority);
            throw new HubFailure($"{host} does not answer: {Reason(e)}", isTransient: true, inner: e);
        }
    }

    private bool IsHub(Uri uri) => SameHost(uri, _options.Endpoint);

    private static bool SameHost(Uri one, Uri other) => one.Scheme == other.Scheme && one.Port == other.Port
        && string.Equals(one.Host, other.Host, StringComparison.OrdinalIgnoreCase);

    private static Uri? Target(HttpResponseMessage response, Uri uri) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location
            && Uri.TryCreate(uri, location, out Uri? target)
            ? target
            : null;

    // Bytes are asked for as they are. What came packed would be counted, continued and, without a digest, taken for the file.
    private static HttpResponseMessage Unpacked(HttpResponseMessage response)
    {
        string encoding = string.Join(", ", response.Content.Headers.ContentEncoding);
        if (encoding.Length == 0 || string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
            return response;
        response.Dispose();
        throw new HubFailure($"the hub packs its answer by {encoding}, which was not asked for", isTransient: false);
    }

    // Never from https to http, nor to an address with a name and password in it.
    private static Uri Allowed(Uri from, Uri target)
    {
        bool safe = target.Scheme == Uri.UriSchemeHttps || (target.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp);
        return safe && target.UserInfo.Length == 0
            ? target
            : throw new HubFailure($"the hub redirects to {target.Scheme}://{target.Host}, which is not allowed", isTransient: false);
    }

    private static bool IsPassing(Exception e) => e is HttpRequestException or IOException or OperationCanceledException;

    private string Reason(Exception e) =>
        e is OperationCanceledException ? $"nothing came in {_options.Timeout.TotalSeconds:0.###} s" : e.Message;
}
