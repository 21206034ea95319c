using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>
/// Marks the tiles in which a column may matter to a row, by sums of products of bytes: the others need not be summed in single
/// precision.
/// </summary>
/// <param name="block">The rows.</param>
/// <param name="screening">What is noted.</param>
internal unsafe struct ScreeningEpilogue<TVector, TBytes>(ScoringBlock block, TileScreening screening) : ITileEpilogue<TVector>
    where TVector : unmanaged
    where TBytes : struct, IByteSimd<TVector>
{
    private float* _thresholds, _sums;
    private int _strip, _panel;
    private uint _above;

    public bool BeginTile(int strip, int panel)
    {
        _strip = strip;
        _panel = panel;
        _above = 0;
        _thresholds = screening.Thresholds + strip * TileKernel<TVector, TBytes>.Rows;
        _sums = screening.Sums + (nint)panel * TileKernel<TVector, TBytes>.Columns;
        return block.IsWanted(strip) && screening.IsOn(strip);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Start(int vector) => TBytes.Begin(TBytes.Load(_sums + vector * TBytes.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeRow(int row, TVector c0, TVector c1, TVector c2) =>
        _above |= TBytes.GreaterThan(TBytes.Largest(c0, c1, c2), TBytes.Broadcast(_thresholds[row]));

    public readonly void EndTile() => screening.Mark(_strip, _panel, _above != 0);
}
