using System.Diagnostics;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>The least rate of an answer, on a stream whose pieces come when they are told to.</summary>
public sealed class HubRateTests
{
    private const int LeastRate = 1000, Much = 1 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(200);

    private readonly HubRate _rate = new(new() { LeastRate = LeastRate, Timeout = s_limit });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_FastFirstAndThenSlow_IsTooSlow()
    {
        // A megabyte in the first stretch makes none of the later ones faster.
        using var pieces = new Pieces();
        await ReadAsync(pieces, Much, s_limit + TimeSpan.FromMilliseconds(50));

        var e = await Assert.ThrowsAsync<HubFailure>(async () =>
        {
            for (int piece = 0; piece < 10; piece++)
                await ReadAsync(pieces, 1, TimeSpan.FromMilliseconds(100));
        });

        Assert.True(e.IsSlow);
        Assert.True(e.IsTransient);
    }

    [Fact]
    public async Task ReadAsync_SlowReaderOfAFastAnswer_IsNotTooSlow()
    {
        using var pieces = new Pieces();
        for (int piece = 0; piece < 5; piece++)
        {
            await ReadAsync(pieces, 1, TimeSpan.Zero);
            await Task.Delay(s_limit, Token); // a disk that is slow
        }
        Assert.Equal(5, pieces.Position);
    }

    [Fact]
    public async Task ReadAsync_EndOfASlowAnswer_IsItsEnd()
    {
        using var pieces = new Pieces();
        Assert.Equal(0, await ReadAsync(pieces, 0, s_limit * 1.5));
    }

    private async Task<int> ReadAsync(Pieces pieces, int count, TimeSpan wait)
    {
        pieces.Next(count, wait);
        return await _rate.ReadAsync(pieces, new byte[Much], Token);
    }

    private sealed class Pieces : MemoryStream
    {
        private int _count;
        private TimeSpan _wait;
        private long _given;

        public override long Position => _given;

        public void Next(int count, TimeSpan wait) => (_count, _wait) = (count, wait);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed < _wait)
                await Task.Delay(10, cancellationToken);
            _given += _count;
            return _count;
        }
    }
}
