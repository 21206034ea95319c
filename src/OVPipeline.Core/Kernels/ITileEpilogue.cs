namespace OVPipeline.Core;

/// <summary>What becomes of a finished register tile. A struct, so that the JIT compiles it into the kernel.</summary>
internal interface ITileEpilogue<TVector> where TVector : unmanaged
{
    /// <summary>Begins the tile of a strip of rows and a panel of columns; false to skip it.</summary>
    bool BeginTile(int strip, int panel);

    /// <summary>
    /// What the sums of a tile's first, second or third vector of columns start from. What is said of <see cref="TakeRow"/> holds here
    /// too.
    /// </summary>
    TVector Start(int vector);

    /// <summary>
    /// Takes one row of the tile, three vectors of finished sums, still in registers. Runs inside the kernel: it must make no call that
    /// is not inlined, or the kernel's sums leave their registers.
    /// </summary>
    void TakeRow(int row, TVector c0, TVector c1, TVector c2);

    /// <summary>Ends a tile whose rows were taken, outside the kernel, where calls are free.</summary>
    void EndTile();
}
