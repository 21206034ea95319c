using System.Runtime.InteropServices;

namespace OVPipeline.Torch;

/// <summary>
/// Causal attention of one head over one sequence, forwards and backwards, in buffers of its own. d_q and d_v are widths of queries and
/// values.
/// </summary>
internal sealed unsafe class AttentionSlice : IDisposable
{
    private const int Rows = AttentionTiles.Rows;

    // A line of the cache, and a vector of 16 floats.
    private const nuint Alignment = 64;

    // T, d_q and d_v, and the same padded to lanes: T' = _padded, d_q' = _wq, d_v' = _wv.
    private readonly int _length, _dq, _dv;
    private readonly int _padded, _wq, _wv;
    private readonly float _scale;

    // One block of memory, in this order; columns of padding are zero:
    //
    //   _q, _k    [T', d_q']   queries times 1 / sqrt(d_q), and keys
    //   _kt       [d_q, T']    keys, transposed: a row is what a tile of queries is multiplied by
    //   _v        [T', d_v']   values
    //   _vt       [d_v, T']    values, transposed
    //   _g        [T', d_v']   gradients by weighted values
    //   _dk       [T', d_q']   sums of gradients by keys
    //   _dvs      [T', d_v']   sums of gradients by values
    //   _scores   [8, T']      a tile's scores, then probabilities: row r is query first + r, column j is key j
    //   _slopes   [8, T']      a tile's gradients by probabilities, then by scores
    //   _out      [8, max(d_q', d_v')]  a tile's products
    private readonly float* _memory;
    private readonly float* _q, _k, _kt, _v, _vt, _g, _dk, _dvs, _scores, _slopes, _out;

    public AttentionSlice(int length, int dq, int dv)
    {
        _length = length;
        _dq = dq;
        _dv = dv;
        _scale = (float)(1 / Math.Sqrt(dq));
        _padded = Pad(length);
        _wq = Pad(dq);
        _wv = Pad(dv);
        int ofQueries = _padded * _wq;
        int ofValues = _padded * _wv;
        int tile = Rows * _padded;
        int[] sizes =
        [
            ofQueries, ofQueries, _dq * _padded, ofValues, _dv * _padded, ofValues,
            ofQueries, ofValues, tile, tile, Rows * Math.Max(_wq, _wv),
        ];
        nuint bytes = (nuint)sizes.Sum() * sizeof(float);
        _memory = (float*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(_memory, bytes);
        float* at = _memory;
        _q = Take(0);
        _k = Take(1);
        _kt = Take(2);
        _v = Take(3);
        _vt = Take(4);
        _g = Take(5);
        _dk = Take(6);
        _dvs = Take(7);
        _scores = Take(8);
        _slopes = Take(9);
        _out = Take(10);

        float* Take(int index)
        {
            float* taken = at;
            at += sizes[index];
            return taken;
        }
    }

    /// <summary>Writes a head's weighted values, and for each position the logarithm of the sum of its exponentiated scores.</summary>
    public void Forward(Strided q, Strided k, Strided v, Strided output, Span<float> logSums)
    {
        Pack(q, _q, _wq, _scale);
        PackTransposed(k, _kt);
        Pack(v, _v, _wv, 1);
        float* inverses = stackalloc float[Rows];
        for (int first = 0; first < _length; first += Rows)
        {
            // Queries first to first + 7 see keys 0 to themselves: columns beyond the tile's last query are not computed at all.
            int columns = Pad(first + Rows);
            int rows = Math.Min(Rows, _length - first);
            AttentionTiles.Multiply(_q + (first * _wq), _wq, _kt, _padded, _dq, columns, _scores, _padded);
            for (int r = 0; r < Rows; r++)
            {
                int seen = Math.Min(first + r + 1, _length);
                var (largest, sum) = AttentionTiles.Exponentiate(_scores + (r * _padded), seen, columns);
                inverses[r] = 1 / sum;
                if (r < rows)
                    logSums[first + r] = largest + MathF.Log(sum);
            }
            AttentionTiles.Multiply(_scores, _padded, _v, _wv, first + rows, _wv, _out, _wv);
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < _dv; c++)
                    output.Data[((first + r) * output.Stride) + c] = _out[(r * _wv) + c] * inverses[r];
        }
    }

    /// <summary>Writes the gradients by a head's queries, keys and values, given that by its weighted values.</summary>
    /// <remarks>
    /// With probabilities P, weighted values O = P V and the gradient G by O: by V it is P' G, by P it is G V', by scores
    /// S = P (G V' - rowsum(G O)), by queries S K and by keys S' Q (Dao et al. 2022). Scores are computed again, not kept.
    /// </remarks>
    public void Backward(
        Strided q,
        Strided k,
        Strided v,
        Strided output,
        Span<float> logSums,
        Strided gradient,
        Strided dq,
        Strided dk,
        Strided dv)
    {
        Pack(q, _q, _wq, _scale);
        Pack(k, _k, _wq, 1);
        PackTransposed(k, _kt);
        PackTransposed(v, _vt);
        Pack(gradient, _g, _wv, 1);
        NativeMemory.Clear(_dk, (nuint)(_padded * _wq) * sizeof(float));
        NativeMemory.Clear(_dvs, (nuint)(_padded * _wv) * sizeof(float));
        for (int first = 0; first < _length; first += Rows)
        {
            int columns = Pad(first + Rows);
            int rows = Math.Min(Rows, _length - first);
            int keys = first + rows;
            AttentionTiles.Multiply(_q + (first * _wq), _wq, _kt, _padded, _dq, columns, _scores, _padded);
            AttentionTiles.Multiply(_g + (first * _wv), _wv, _vt, _padded, _dv, columns, _slopes, _padded);
            for (int r = 0; r < Rows; r++)
            {
                float* probabilities = _scores + (r * _padded);
                float* slopes = _slopes + (r * _padded);
                if (r >= rows)
                {
                    new Span<float>(probabilities, columns).Clear();
                    new Span<float>(slopes, columns).Clear();
                    continue;
                }
                int row = first + r;
                AttentionTiles.Probabilities(probabilities, row + 1, columns, logSums[row]);
                float mean = 0;
                for (int c = 0; c < _dv; c++)
                    mean += output.Data[(row * output.Stride) + c] * gradient.Data[(row * gradient.Stride) + c];
                AttentionTiles.Slopes(probabilities, slopes, columns, mean);
            }
            AttentionTiles.AddTransposed(_scores, _padded, _g + (first * _wv), _wv, keys, _dvs);
            AttentionTiles.AddTransposed(_slopes, _padded, _q + (first * _wq), _wq, keys, _dk);
            AttentionTiles.Multiply(_slopes, _padded, _k, _wq, keys, _wq, _out, _wq);
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < _dq; c++)
                    dq.Data[((first + r) * dq.Stride) + c] = _out[(r * _wq) + c] * _scale;
        }
        Unpack(_dk, _wq, _dq, dk);
        Unpack(_dvs, _wv, _dv, dv);
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    private static int Pad(int size) => (size + AttentionTiles.Lanes - 1) / AttentionTiles.Lanes * AttentionTiles.Lanes;

    // Padding is zero from the start and never written.
    private void Pack(Strided from, float* to, int width, float scale)
    {
        for (int t = 0; t < _length; t++)
            for (int c = 0; c < from.Width; c++)
                to[(t * width) + c] = from.Data[(t * from.Stride) + c] * scale;
    }

    private void PackTransposed(Strided from, float* to)
    {
        for (int t = 0; t < _length; t++)
            for (int c = 0; c < from.Width; c++)
                to[(c * _padded) + t] = from.Data[(t * from.Stride) + c];
    }

    private void Unpack(float* from, int width, int columns, Strided to)
    {
        for (int t = 0; t < _length; t++)
            for (int c = 0; c < columns; c++)
                to.Data[(t * to.Stride) + c] = from[(t * width) + c];
    }

    /// <summary>Rows of a matrix [T, width] in memory.</summary>
    public readonly record struct Strided(nint Address, int Stride, int Width)
    {
        public float* Data => (float*)Address;
    }
}
