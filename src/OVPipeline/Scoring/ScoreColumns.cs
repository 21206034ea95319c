using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace OVPipeline;

/// <summary>The columns that <c>ScoreTopK</c> adds, in order, and how each is read from scored rows.</summary>
internal sealed class ScoreColumns
{
    public const string PredictedLabel = "PredictedLabel", TopTokens = "TopTokens", TopScores = "TopScores";
    public const string LabelRank = "LabelRank", LabelLogLoss = "LabelLogLoss";
    public const string Score = "Score";

    /// <summary>
    /// The annotation on <c>LabelRank</c> and <c>LabelLogLoss</c> that says how many tokens a rank is one of. It is of a type that ML.NET
    /// saves, and stays with the columns whatever becomes of others.
    /// </summary>
    public const string VocabularySize = "VocabularySize";

    /// <summary>
    /// The annotation on <c>LabelRank</c> and <c>LabelLogLoss</c> that names the column of labels that they are of.
    /// </summary>
    public const string LabelColumnName = "LabelColumnName";

    private readonly Vocabulary _vocabulary;
    private readonly TopKScoringEstimator.Options _options;
    private readonly string? _label;
    private readonly uint _set;

    /// <param name="vocabulary">The strings of the circuit's outputs.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="label">The column of labels; null where there is none.</param>
    /// <param name="set">Which set of score columns of the schema these are.</param>
    public ScoreColumns(Vocabulary vocabulary, TopKScoringEstimator.Options options, string? label, uint set)
    {
        _vocabulary = vocabulary;
        _options = options;
        _label = label;
        _set = set;
        List<string> kinds = [PredictedLabel, TopTokens, TopScores];
        if (label is not null)
            kinds.AddRange([LabelRank, LabelLogLoss]);
        if (options.Probabilities)
            kinds.Add(Score);
        Kinds = kinds;
    }

    /// <summary>What is added, by the names that the columns have without a prefix.</summary>
    public IReadOnlyList<string> Kinds { get; }

    public DataViewSchema.DetachedColumn[] Detached => [.. Kinds.Select(Detach)];

    /// <summary>What the engine must compute for some of these columns.</summary>
    public ScoringOptions Needed(IReadOnlyCollection<string> columns)
    {
        int predicted = columns.Contains(PredictedLabel) ? 1 : 0;
        bool losses = columns.Contains(LabelLogLoss);
        return new()
        {
            // Losses have the same bits whether top tokens are read beside them or not (ScoringOptions.LabelLogLoss).
            TopK = columns.Contains(TopTokens) || columns.Contains(TopScores) || losses ? _options.K : predicted,
            LabelRank = columns.Contains(LabelRank),
            LabelLogLoss = losses,
            Probabilities = columns.Contains(Score),
        };
    }

    /// <summary>A getter of a column. A missing row has missing values: key 0, NaN.</summary>
    public static Delegate Getter(string column, IScoredRow row) => column switch
    {
        PredictedLabel => (ValueGetter<uint>)((ref uint key) => key = row.Missing ? 0 : PredictedKey(row.Scores, row.Index)),
        TopTokens => Vector(row, scores => scores.Options.TopK, (scores, i) => (uint)scores.TopTokens[i] + 1, 0u),
        TopScores => Vector(row, scores => scores.Options.TopK, (scores, i) => scores.TopScores[i], float.NaN),
        LabelRank => (ValueGetter<float>)((ref float rank) => rank = row.Missing ? float.NaN : Rank(row.Scores.LabelRanks[row.Index])),
        LabelLogLoss => (ValueGetter<double>)((ref double loss) => loss = row.Missing ? double.NaN : row.Scores.LabelLogLosses[row.Index]),
        Score => Vector(row, scores => scores.Vocabulary, (scores, i) => scores.Probabilities[i], float.NaN),
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, "No such column."),
    };

    /// <summary>How many tokens the ranks of a column of labels are among.</summary>
    /// <exception cref="ArgumentException">The column does not say.</exception>
    public static int VocabularySizeOf(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(VocabularySize)?.Type != NumberDataViewType.Int32)
        {
            throw new ArgumentException($"The score column '{column.Name}' does not say of how many tokens: it lost the annotation "
                + $"{VocabularySize} of ScoreTopK. CopyColumns, SelectColumns, filters, caches and binary files keep it; text files "
                + "and steps that compute a new column do not.", nameof(column));
        }
        int size = 0;
        column.Annotations.GetValue(VocabularySize, ref size);
        return size;
    }

    /// <summary>
    /// Throws where two columns are known not to be of one ScoreTopK step: the ranks of one circuit and the losses of another.
    /// </summary>
    public static void RequireOneStep(DataViewSchema.Column first, DataViewSchema.Column second)
    {
        int size = VocabularySizeOf(first), other = VocabularySizeOf(second);
        if (size != other || (SetOf(first) is { } set && SetOf(second) is { } otherSet && set != otherSet))
        {
            string sizes = size == other ? "" : $" '{first.Name}' is of {size} tokens and '{second.Name}' of {other}.";
            throw new ArgumentException($"'{first.Name}' and '{second.Name}' are of different ScoreTopK steps.{sizes}", nameof(second));
        }
    }

    /// <summary>The column of labels that a rank or a loss is of; null where it does not say.</summary>
    public static string? LabelOf(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(LabelColumnName)?.Type != TextDataViewType.Instance)
            return null;
        ReadOnlyMemory<char> name = default;
        column.Annotations.GetValue(LabelColumnName, ref name);
        return name.ToString();
    }

    public static IEnumerable<SchemaShape.Column> Shapes(TopKScoringEstimator.Options options, bool labelled)
    {
        string prefix = options.OutputColumnPrefix;
        var values = Strings(AnnotationUtils.Kinds.KeyValues);
        yield return CircuitColumns.TokenKeyShape(prefix + PredictedLabel, annotations: [values, .. Set()]);
        yield return CircuitColumns.TokenKeyShape(prefix + TopTokens, VectorKind.Vector, [values, SetId()]);
        yield return new(prefix + TopScores, VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape([SetId()]));
        if (labelled)
        {
            var ofLabel = new SchemaShape([
                new(VocabularySize, VectorKind.Scalar, NumberDataViewType.Int32, false),
                new(LabelColumnName, VectorKind.Scalar, TextDataViewType.Instance, false), SetId()]);
            yield return new(prefix + LabelRank, VectorKind.Scalar, NumberDataViewType.Single, false, ofLabel);
            yield return new(prefix + LabelLogLoss, VectorKind.Scalar, NumberDataViewType.Double, false, ofLabel);
        }
        if (options.Probabilities)
        {
            yield return new(prefix + Score, VectorKind.Vector, NumberDataViewType.Single, false,
                new SchemaShape([Strings(AnnotationUtils.Kinds.SlotNames), .. Set()]));
        }

        static SchemaShape.Column Strings(string kind) => new(kind, VectorKind.Vector, TextDataViewType.Instance, false);
        static SchemaShape.Column SetId() => Set().First(column => column.Name == AnnotationUtils.Kinds.ScoreColumnSetId);
        static IEnumerable<SchemaShape.Column> Set() => AnnotationUtils.GetTrainerOutputAnnotation();
    }

    /// <summary>A column of a kind, by its own name.</summary>
    public DataViewSchema.DetachedColumn Detach(string kind)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(AnnotationUtils.Kinds.ScoreColumnSetId, AnnotationUtils.ScoreColumnSetIdType, (ref uint set) => set = _set);
        if (kind is PredictedLabel or Score)
        {
            AddText(annotations, AnnotationUtils.Kinds.ScoreColumnKind, AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification);
            AddText(annotations, AnnotationUtils.Kinds.ScoreValueKind, kind); // ML.NET's names of the two kinds are those of the columns
        }
        if (kind is PredictedLabel or TopTokens)
            annotations.AddKeyValues(_vocabulary.Count, TextDataViewType.Instance, CircuitColumns.Strings(_vocabulary));
        if (kind is Score)
            annotations.AddSlotNames(_vocabulary.Count, CircuitColumns.Strings(_vocabulary));
        if (kind is LabelRank or LabelLogLoss)
        {
            annotations.AddPrimitiveValue(VocabularySize, NumberDataViewType.Int32, _vocabulary.Count);
            AddText(annotations, LabelColumnName, _label!);
        }
        return new(_options.OutputColumnPrefix + kind, TypeOf(kind), annotations.ToAnnotations());
    }

    private DataViewType TypeOf(string kind) => kind switch
    {
        PredictedLabel => CircuitColumns.TokenKey(_vocabulary),
        TopTokens => new VectorDataViewType(CircuitColumns.TokenKey(_vocabulary), _options.K),
        TopScores => new VectorDataViewType(NumberDataViewType.Single, _options.K),
        LabelRank => NumberDataViewType.Single,
        LabelLogLoss => NumberDataViewType.Double,
        _ => new VectorDataViewType(NumberDataViewType.Single, _vocabulary.Count),
    };

    private static void AddText(DataViewSchema.Annotations.Builder annotations, string kind, string text) =>
        annotations.AddPrimitiveValue(kind, TextDataViewType.Instance, text.AsMemory());

    private static uint? SetOf(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.ScoreColumnSetId)?.Type is not KeyDataViewType)
            return null;
        uint set = 0;
        column.Annotations.GetValue(AnnotationUtils.Kinds.ScoreColumnSetId, ref set);
        return set;
    }

    // ML.NET filters by columns of Single. A missing label has no rank.
    private static float Rank(int rank) => rank == 0 ? float.NaN : rank;

    // The first of a row's top tokens, of which each row of the block has as many: 0-based, where keys are 1-based.
    private static uint PredictedKey(ScoredRows scores, int row) => (uint)scores.TopTokens[row * scores.Options.TopK] + 1;

    private static ValueGetter<VBuffer<T>> Vector<T>(
        IScoredRow row, Func<ScoredRows, int> length, Func<ScoredRows, int, T> value, T missing) => (ref VBuffer<T> vector) =>
    {
        var scores = row.Scores;
        int count = length(scores);
        int from = row.Index * count; // values lie row by row
        var editor = VBufferEditor.Create(ref vector, count);
        for (int i = 0; i < count; i++)
            editor.Values[i] = row.Missing ? missing : value(scores, from + i);
        vector = editor.Commit();
    };
}

/// <summary>The row that getters read now: a place in a block of scored rows.</summary>
internal interface IScoredRow
{
    ScoredRows Scores { get; }

    int Index { get; }

    /// <summary>Whether the row's circuit vector holds no numbers, as a missing token's does.</summary>
    bool Missing { get; }
}
