using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Output columns on a device, as the rows of G' [V, r]: all of them, or where the budget does not allow that, the ones asked for.
/// </summary>
internal sealed class DeviceColumns : IDisposable
{
    // Values that are transposed and sent at a time: 16 MiB, for which the budget of 1 MiB and more need not be asked on the host.
    private const int UploadValues = 1 << 22;

    private readonly Matrix _g;
    private readonly DeviceMemory _memory;
    private readonly torch.Device _device;
    private readonly torch.Tensor? _all;

    /// <summary>Measures the columns and, where they are to stay, sends them.</summary>
    public DeviceColumns(OutputColumns columns, DeviceMemory memory, torch.Device device, bool isResident)
    {
        _g = columns.G;
        _memory = memory;
        _device = device;
        double[] norms = NormsOf(_g);
        LargestNorm = norms.Max();
        Array.Sort(norms);
        MedianNorm = norms[norms.Length / 2];
        if (!isResident)
            return;
        _all = memory.Keep(torch.empty([_g.Columns, _g.Rows], torch.float32, device));
        int most = Math.Max(1, UploadValues / _g.Rows);
        for (int from = 0; from < _g.Columns; from += most)
        {
            using var scope = torch.NewDisposeScope();
            int count = Math.Min(most, _g.Columns - from);
            // On the processor this is a copy of a copy; both are small.
            _all.narrow(0, from, count).copy_(torch.tensor(Transposed(count, i => from + i), [count, _g.Rows]));
        }
    }

    /// <summary>Tokens, V.</summary>
    public int Vocabulary => _g.Columns;

    /// <summary>Terms of a dot product, r.</summary>
    public int Rank => _g.Rows;

    /// <summary>Whether all columns are on the device.</summary>
    public bool IsResident => _all is not null;

    /// <summary>Bytes that stay on the device.</summary>
    public long Bytes => IsResident ? (long)Vocabulary * Rank * sizeof(float) : 0;

    /// <summary>Largest norm of a column, not below the true one.</summary>
    public double LargestNorm { get; }

    /// <summary>Norm of an ordinary column.</summary>
    public double MedianNorm { get; }

    /// <summary>Columns [from, from + count) as rows, [count, r].</summary>
    public torch.Tensor Slice(int from, int count) => _all?.narrow(0, from, count)
        ?? _memory.Hold(torch.tensor(Transposed(count, i => from + i), [count, Rank], device: _device));

    /// <summary>Chosen columns as rows, [n, r].</summary>
    /// <param name="tokens">n tokens, on the device.</param>
    public torch.Tensor Gather(torch.Tensor tokens)
    {
        if (_all is not null)
            return _memory.Hold(_all.index_select(0, tokens));
        long[] chosen = tokens.cpu().data<long>().ToArray();
        return _memory.Hold(torch.tensor(Transposed(chosen.Length, i => (int)chosen[i]), [chosen.Length, Rank], device: _device));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_all is not null)
            _memory.Release(_all);
    }

    // Columns of G [r, V] as rows, [count, r].
    private float[] Transposed(int count, Func<int, int> token)
    {
        int rank = Rank;
        var values = new float[checked(count * rank)];
        const int Tile = 64; // columns: four lines of the cache from each row of G
        Parallel.For(0, (count + Tile - 1) / Tile, tile =>
        {
            for (int k = 0; k < rank; k++)
            {
                var row = _g.Row(k);
                for (int i = tile * Tile; i < Math.Min(count, (tile + 1) * Tile); i++)
                    values[(i * rank) + k] = row[token(i)];
            }
        });
        return values;
    }

    private static double[] NormsOf(Matrix g)
    {
        var squares = new double[g.Columns];
        for (int k = 0; k < g.Rows; k++)
        {
            var row = g.Row(k);
            for (int j = 0; j < row.Length; j++)
                squares[j] += (double)row[j] * row[j];
        }
        return Array.ConvertAll(squares, ErrorBound.Norm);
    }
}
