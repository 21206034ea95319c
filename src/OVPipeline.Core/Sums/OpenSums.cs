namespace OVPipeline.Core;

/// <summary>
/// Which sums are still counted in which strips of a block. A sum is done with in a strip once more columns than matter come before each of
/// its rows' labels; a part's tile is wanted where a sum with that part is open.
/// </summary>
/// <param name="sums">For each sum its parts.</param>
/// <param name="parts">Parts.</param>
/// <param name="strips">Most strips of a block.</param>
/// <param name="deepest">So many columns before a label are told apart.</param>
internal sealed unsafe class OpenSums(int[][] sums, int parts, int strips, int deepest)
{
    private readonly KernelBuffer _sums = new(checked(sums.Length * strips));
    private readonly KernelBuffer _isWanted = new((checked(parts * strips) + sizeof(float) - 1) / sizeof(float));
    private readonly int[] _counts = new int[strips];
    private int _strips, _open;

    /// <summary>Whether any sum is open in any strip.</summary>
    public bool Any => _open > 0;

    /// <summary>The sums that are open in a strip.</summary>
    public ReadOnlySpan<int> Of(int strip) => new(SumsOf(strip), _counts[strip]);

    /// <summary>The same, to be looked through and reduced.</summary>
    public int* SumsOf(int strip) => (int*)_sums.Pointer + (nint)strip * sums.Length;

    /// <summary>How many they are.</summary>
    public int CountOf(int strip) => _counts[strip];

    /// <summary>For each strip, whether a part's tile is wanted.</summary>
    public bool* StripsOf(int part) => (bool*)_isWanted.Pointer + (nint)part * strips;

    /// <summary>Begins with a block of so many strips: all sums are open in each.</summary>
    public void Begin(int count)
    {
        _open = _strips = count;
        for (int strip = 0; strip < _strips; strip++)
        {
            for (int sum = 0; sum < sums.Length; sum++)
                SumsOf(strip)[sum] = sum;
            _counts[strip] = sums.Length;
            FindWanted(strip);
        }
        if (sums.Length == 0)
            _open = 0;
    }

    /// <summary>Whether a row of a strip is still counted, by its rows' counts.</summary>
    public bool IsOpen(int* counts) => counts[0] < deepest || counts[1] < deepest || counts[2] < deepest || counts[3] < deepest;

    /// <summary>Leaves the first so many of a strip's sums open.</summary>
    public void Keep(int strip, int count)
    {
        _open -= _counts[strip] > 0 && count == 0 ? 1 : 0;
        _counts[strip] = count;
        FindWanted(strip);
    }

    private void FindWanted(int strip)
    {
        for (int part = 0; part < parts; part++)
            StripsOf(part)[strip] = false;
        foreach (int sum in Of(strip))
            foreach (int part in sums[sum])
                StripsOf(part)[strip] = true;
    }
}
