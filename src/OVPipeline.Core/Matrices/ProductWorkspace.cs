namespace OVPipeline.Core;

/// <summary>The packed operands of a product, a part of the depth at a time, and room for a tile.</summary>
/// <param name="strips">Room for strips of rows.</param>
/// <param name="panels">Room for panels of columns.</param>
/// <param name="tile">Room for a tile.</param>
internal sealed unsafe class ProductWorkspace(int strips, int panels, int tile)
{
    /// <summary>The packed rows.</summary>
    public KernelBuffer Strips { get; } = new(strips);

    /// <summary>The packed columns.</summary>
    public KernelBuffer Panels { get; } = new(panels);

    /// <summary>A finished tile, row by row.</summary>
    public KernelBuffer Tile { get; } = new(tile);

    /// <summary>Terms of the part that is packed.</summary>
    public int Depth { get; set; }

    /// <summary>Computes anew what emulated arithmetic left open in a tile, term by term with one rounding each.</summary>
    public void Repair<TVector, TSimd>(int strip, int panel)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        const int Height = TileKernel<TVector, TSimd>.Rows;
        int width = TileKernel<TVector, TSimd>.Columns;
        float* rows = Strips.Pointer + ((nint)strip * Depth * Height), columns = Panels.Pointer + ((nint)panel * Depth * width);
        for (int i = 0; i < Height * width; i++)
        {
            if (!float.IsNaN(Tile.Pointer[i]))
                continue;
            float* left = rows + (i / width), right = columns + (i % width);
            float sum = 0;
            for (int k = 0; k < Depth; k++, left += Height, right += width)
                sum = MathF.FusedMultiplyAdd(*left, *right, sum);
            Tile.Pointer[i] = sum;
        }
    }
}
