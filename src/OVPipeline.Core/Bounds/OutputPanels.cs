namespace OVPipeline.Core;

/// <summary>
/// W_U as products of rows with it read it: 16 columns beside each other, dimension after dimension, so that a tile's values follow each
/// other and each 16 of them fill a cache line. The last panel is filled up with zeros.
/// </summary>
internal sealed unsafe class OutputPanels
{
    /// <summary>Columns of a panel.</summary>
    public const int Together = 16;

    private readonly KernelBuffer[] _panels;

    public OutputPanels(Matrix unembedding)
    {
        _panels = new KernelBuffer[(unembedding.Columns + Together - 1) / Together];
        for (int i = 0; i < _panels.Length; i++)
        {
            _panels[i] = new(unembedding.Rows * Together);
            int first = i * Together, count = Math.Min(Together, unembedding.Columns - first);
            for (int k = 0; k < unembedding.Rows; k++)
                unembedding.Row(k).Slice(first, count).CopyTo(new(_panels[i].Pointer + (k * Together), count));
        }
    }

    /// <summary>Columns in all, those of zeros too.</summary>
    public int Columns => _panels.Length * Together;

    /// <summary>The panel that begins with a column; valid while this object is alive.</summary>
    public float* At(int column) => _panels[column / Together].Pointer;
}
