namespace OVPipeline.Core;

/// <summary>
/// Logits of one row that decide what single precision cannot: in double, in a fixed order, and where double cannot either, exactly.
/// A product of two single-precision numbers is exact in double, so only sums round.
/// </summary>
internal sealed unsafe class ExactLogits(PackedColumns columns)
{
    private readonly ExactSum _difference = new(2 * columns.Depth);
    private readonly double _unit = ErrorBound.Double(columns.Depth);
    private float* _row;
    private double _norm;

    /// <summary>Chooses the row.</summary>
    public void Select(float* row, double norm)
    {
        _row = row;
        _norm = norm;
    }

    /// <summary>The logit of a position. Its bits do not depend on the machine.</summary>
    public double this[int position]
    {
        get
        {
            float* column = columns.Column(position);
            int depth = columns.Depth, step = columns.Width, k = 0;
            double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            for (; k + 4 <= depth; k += 4, column += 4 * step)
            {
                s0 += (double)_row[k] * column[0];
                s1 += (double)_row[k + 1] * column[step];
                s2 += (double)_row[k + 2] * column[2 * step];
                s3 += (double)_row[k + 3] * column[3 * step];
            }
            for (; k < depth; k++, column += step)
                s0 += (double)_row[k] * *column;
            return s0 + s1 + (s2 + s3);
        }
    }

    /// <summary>
    /// Which of two tokens comes first, by the exact logits and, of equal ones, the lower token: negative where <paramref name="a"/> does.
    /// </summary>
    public int Compare(int a, double logitA, int b, double logitB)
    {
        if (columns.Classes[a] != columns.Classes[b])
        {
            double norms = columns.GroupNorms[columns.GroupOf(a)] + columns.GroupNorms[columns.GroupOf(b)];
            if (Math.Abs(logitA - logitB) > _unit * _norm * norms)
                return logitA > logitB ? -1 : 1;
            int sign = SignOfDifference(a, b);
            if (sign != 0)
                return -sign;
        }
        return columns.Tokens[a].CompareTo(columns.Tokens[b]);
    }

    private int SignOfDifference(int a, int b)
    {
        float* columnA = columns.Column(a), columnB = columns.Column(b);
        _difference.Clear();
        for (int k = 0; k < columns.Depth; k++, columnA += columns.Width, columnB += columns.Width)
        {
            _difference.Add((double)_row[k] * *columnA);
            _difference.Add(-((double)_row[k] * *columnB));
        }
        return _difference.Sign;
    }
}
