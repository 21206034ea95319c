namespace OVPipeline.Studies;

/// <summary>
/// What units cost, as a formula of a model's sizes with rates that were measured. A pass over a circuit of rank r scores V rows of V
/// logits; its cost in seconds of one core is
/// <code>V² (r + e) / R</code>
/// where R is multiply-adds a second and e what is done to each logit beside its dot product, counted in multiply-adds. Both follow from
/// two measured passes, at ranks 64 and 128. A fit's step of b rows costs <c>b V r / F</c>.
/// </summary>
public sealed record UnitCosts
{
    // docs/performance.md, V = 50,278 on two free cores: seconds of a pass with all columns (2.26 and 3.67 at ranks 64 and 128), and of one
    // that counts the label's rank alone (0.754 and 1.31); a fitting step of 512 rows at V = 128,256 and rank 128 (0.767).
    private const double MeasuredVocabulary = 50_278, Cores = 2;

    // Steps of a mined fit where nothing is said, and its rows (LowRankFitOptions).
    private const int FitSteps = 64, FitRows = 512;

    /// <summary>A pass with log-losses and the highest outputs, as the atlas takes.</summary>
    private static readonly Pass s_full = Pass.Through(64, 2.26, 128, 3.67);

    /// <summary>A pass that counts the label's rank alone.</summary>
    private static readonly Pass s_rank = Pass.Through(64, 0.754, 128, 1.31);

    private static readonly double s_fitRate = 512 * 128_256.0 * 128 / (Cores * 0.767);

    /// <summary>The rates of docs/performance.md.</summary>
    public static UnitCosts Default { get; } = new();

    /// <summary>
    /// By measure, how many times what the formula says units took where they were run: what depends on the machine, on small sizes and on
    /// the experiment. A measure that is not here has 1.
    /// </summary>
    public IReadOnlyDictionary<string, double> Factors { get; init; } = new Dictionary<string, double>();

    /// <summary>Seconds that a process takes to start.</summary>
    public double StartSeconds { get; init; } = 1;

    /// <summary>Bytes a second of a model's files, read and converted and digested once by each process that uses it.</summary>
    public double LoadBytesPerSecond { get; init; } = 500e6;

    /// <summary>Bytes of a process that has no model yet.</summary>
    public double ProcessBytes { get; init; } = 400e6;

    /// <summary>Core seconds of a pass with all columns.</summary>
    /// <param name="vocabulary">Tokens, V.</param>
    /// <param name="rank">Rank of the circuit.</param>
    public static double FullPass(double vocabulary, double rank) => s_full.Seconds(vocabulary, rank);

    /// <summary>Core seconds of a pass that counts ranks alone.</summary>
    /// <inheritdoc cref="FullPass" path="/param"/>
    public static double RankPass(double vocabulary, double rank) => s_rank.Seconds(vocabulary, rank);

    /// <summary>Core seconds of a fit.</summary>
    /// <param name="vocabulary">Tokens, V.</param>
    /// <param name="rank">Rank of the fit.</param>
    /// <param name="steps">Steps; null for as many as a fit takes by itself.</param>
    public static double Fit(double vocabulary, double rank, int? steps) =>
        (steps ?? FitSteps) * Math.Min(FitRows, vocabulary) * vocabulary * rank / s_fitRate;

    /// <summary>Core seconds of running the model on so many tokens.</summary>
    internal static double Forward(ModelSizes sizes, double tokens) => tokens * sizes.Bytes / 4 * 2 / s_fitRate;

    /// <summary>
    /// Bytes that running the model on windows of text holds at once: the patterns of all layers, of which no more than 512 MiB are kept,
    /// and logits of eight windows, a few times over. The embedded model's experiments took up to 1.3 GB.
    /// </summary>
    internal static double ForwardBytes(ModelSizes sizes, double window)
    {
        const double BytesOfSingle = 4, Windows = 8, Copies = 4, MostPatterns = 512 << 20;
        double patterns = Math.Min(MostPatterns, BytesOfSingle * Windows * sizes.AllHeads * window * window);
        return sizes.Bytes + patterns + (Copies * BytesOfSingle * Windows * window * sizes.Vocabulary);
    }

    /// <summary>Core seconds to read a model.</summary>
    public double Load(ModelSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        return sizes.Bytes / LoadBytesPerSecond;
    }

    /// <summary>An estimate with what was measured of the measure.</summary>
    internal double Of(string measure, double coreSeconds) => coreSeconds * Factors.GetValueOrDefault(measure, 1);

    // Seconds of a core for each logit: (rank + other) / rate.
    private readonly record struct Pass(double Rate, double Other)
    {
        public static Pass Through(double rank1, double seconds1, double rank2, double seconds2)
        {
            double logits = MeasuredVocabulary * MeasuredVocabulary;
            double rate = (rank2 - rank1) * logits / (Cores * (seconds2 - seconds1));
            return new(rate, (Cores * seconds1 / logits * rate) - rank1);
        }

        public double Seconds(double vocabulary, double rank) => vocabulary * vocabulary * (rank + Other) / Rate;
    }
}
