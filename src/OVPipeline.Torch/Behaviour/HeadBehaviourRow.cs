namespace OVPipeline.Torch;

/// <summary>
/// A row of <see cref="BehaviourCatalog.LoadHeadBehaviour"/>. Columns that end in <c>Without</c> are of the same model with the chosen
/// heads ablated, and equal the others where none was chosen; figures of the whole model are the same in every row.
/// </summary>
public sealed class HeadBehaviourRow
{
    /// <summary>The head as its label, <c>L1H4</c>: saved as text, 1.10 would be read as the number 1.1.</summary>
    public string Head { get; set; } = "";

    /// <summary>Its layer, 0-based.</summary>
    public int Layer { get; set; }

    /// <summary>Its place in the layer, 0-based.</summary>
    public int Index { get; set; }

    /// <summary>Whether it is one of those ablated.</summary>
    public bool Ablated { get; set; }

    /// <summary>
    /// Copying accuracy of its full OV circuit over the vocabulary, as <c>ScoreTopK</c> and <c>Evaluate</c> give it: top-1. NaN where
    /// copying is not defined.
    /// </summary>
    public double CopyingTop1 { get; set; }

    /// <summary>The same, top-5.</summary>
    public double CopyingTop5 { get; set; }

    /// <summary><see cref="HeadBehaviour.InductionScore"/>.</summary>
    public double InductionScore { get; set; }

    /// <summary>The same without the chosen heads.</summary>
    public double InductionScoreWithout { get; set; }

    /// <summary><see cref="HeadBehaviour.InductionBySequence"/>.</summary>
    public double[] InductionBySequence { get; set; } = [];

    /// <summary><see cref="HeadBehaviour.PreviousTokenScore"/>.</summary>
    public double PreviousTokenScore { get; set; }

    /// <summary>The same without the chosen heads.</summary>
    public double PreviousTokenScoreWithout { get; set; }

    /// <summary><see cref="HeadBehaviour.DuplicateTokenScore"/>.</summary>
    public double DuplicateTokenScore { get; set; }

    /// <summary>The same without the chosen heads.</summary>
    public double DuplicateTokenScoreWithout { get; set; }

    /// <summary><see cref="HeadBehaviour.PreviousTokenScoreOnText"/>.</summary>
    public double PreviousTokenScoreOnText { get; set; }

    /// <summary><see cref="ModelBehaviour.ValidationLoss"/>.</summary>
    public double ValidationLoss { get; set; }

    /// <summary>The same without the chosen heads.</summary>
    public double ValidationLossWithout { get; set; }

    /// <summary><see cref="ModelBehaviour.LossByWindow"/>: what an interval of the loss can be taken over.</summary>
    public double[] ValidationLossByWindow { get; set; } = [];

    /// <summary>The same without the chosen heads, of the same windows.</summary>
    public double[] ValidationLossByWindowWithout { get; set; } = [];

    /// <summary><see cref="ModelBehaviour.ValidationTokens"/>.</summary>
    public int ValidationTokens { get; set; }

    /// <summary>For each sequence of tokens that has targets <see cref="TaskResult.LossBySequence"/>; none without such.</summary>
    public double[] TaskLossBySequence { get; set; } = [];

    /// <summary>The same without the chosen heads, of the same sequences.</summary>
    public double[] TaskLossBySequenceWithout { get; set; } = [];

    /// <summary>For each of them <see cref="TaskResult.AccuracyBySequence"/>.</summary>
    public double[] TaskAccuracyBySequence { get; set; } = [];

    /// <summary>The same without the chosen heads, of the same sequences.</summary>
    public double[] TaskAccuracyBySequenceWithout { get; set; } = [];

    /// <summary><see cref="TaskResult.Positions"/>.</summary>
    public int TaskPositions { get; set; }

    /// <summary><see cref="ModelBehaviour.RepeatAccuracy"/>.</summary>
    public double RepeatAccuracy { get; set; }

    /// <summary>The same without the chosen heads.</summary>
    public double RepeatAccuracyWithout { get; set; }

    /// <summary><see cref="ModelBehaviour.RepeatAccuracyBySequence"/>.</summary>
    public double[] RepeatAccuracyBySequence { get; set; } = [];

    /// <summary>The same without the chosen heads, of the same sequences.</summary>
    public double[] RepeatAccuracyBySequenceWithout { get; set; } = [];

    /// <summary><see cref="ModelBehaviour.RepeatTokens"/>.</summary>
    public int RepeatTokens { get; set; }

    /// <summary><see cref="ModelBehaviour.NameAccuracy"/>.</summary>
    public double NameAccuracy { get; set; }

    /// <summary>The same without the chosen heads.</summary>
    public double NameAccuracyWithout { get; set; }

    /// <summary><see cref="ModelBehaviour.NameRepeated"/>.</summary>
    public bool[] NameRepeated { get; set; } = [];

    /// <summary>The same without the chosen heads, of the same sentences.</summary>
    public bool[] NameRepeatedWithout { get; set; } = [];
}
