namespace OVPipeline.Benchmarks;

/// <summary>What <c>compare</c> measures.</summary>
/// <param name="Vocabulary">V.</param>
/// <param name="Width">d_model.</param>
/// <param name="Ranks">Ranks, each measured.</param>
/// <param name="Rounds">How often each contestant runs.</param>
/// <param name="SlowRows">Share of the rows that libtorch scores.</param>
/// <param name="Seeds">Data seeds of the fits, from 1.</param>
/// <param name="Noises">Difficulties of the fits.</param>
/// <param name="Steps">Steps of libtorch's fits, over which their learning rate falls.</param>
/// <param name="FitSeconds">Most seconds of libtorch's steps in a fit.</param>
/// <param name="ToTheEnd">Whether fits go on to their ends once they have reached the target.</param>
/// <param name="HasTorch">Whether libtorch is there to compare with.</param>
/// <param name="Device">The Torch device that our engine runs on.</param>
internal sealed record CompareOptions(int Vocabulary, int Width, int[] Ranks, int Rounds, double SlowRows, int Seeds, double[] Noises,
    int Steps, int FitSeconds, bool ToTheEnd, bool HasTorch, string Device)
{
    /// <summary>The accuracy that fits are timed to.</summary>
    public const double Target = 0.989;
}
