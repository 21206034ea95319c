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

    private readonly int _k;
    private readonly Vocabulary _vocabulary;

    public ScoreColumns(Vocabulary vocabulary, bool labelled, int k, bool probabilities)
    {
        _vocabulary = vocabulary;
        _k = k;
        List<string> names = [PredictedLabel, TopTokens, TopScores];
        if (labelled)
            names.AddRange([LabelRank, LabelLogLoss]);
        if (probabilities)
            names.Add(Score);
        Names = names;
    }

    public IReadOnlyList<string> Names { get; }

    public DataViewSchema.DetachedColumn[] Detached => [.. Names.Select(Detach)];

    /// <summary>What the engine must compute for some of these columns.</summary>
    public ScoringOptions Needed(IReadOnlyCollection<string> columns)
    {
        int predicted = columns.Contains(PredictedLabel) ? 1 : 0;
        return new()
        {
            TopK = columns.Contains(TopTokens) || columns.Contains(TopScores) ? _k : predicted,
            LabelRank = columns.Contains(LabelRank),
            LabelLogLoss = columns.Contains(LabelLogLoss),
            Probabilities = columns.Contains(Score),
        };
    }

    /// <summary>A getter of a column. A missing row has missing values: key 0, NaN.</summary>
    public static Delegate Getter(string column, IScoredRow row) => column switch
    {
        PredictedLabel => (ValueGetter<uint>)((ref uint key) => key = row.Missing ? 0 : PredictedKey(row.Scores, row.Index)),
        TopTokens => Vector(row, scores => scores.Options.TopK, (scores, i) => (uint)scores.TopTokens[i] + 1, 0u),
        TopScores => Vector(row, scores => scores.Options.TopK, (scores, i) => scores.TopScores[i], float.NaN),
        LabelRank => (ValueGetter<uint>)((ref uint rank) => rank = row.Missing ? 0 : (uint)row.Scores.LabelRanks[row.Index]),
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

    public static IEnumerable<SchemaShape.Column> Shapes(bool labelled, bool probabilities)
    {
        yield return CircuitColumns.TokenKeyShape(PredictedLabel, keyValues: true);
        yield return CircuitColumns.TokenKeyShape(TopTokens, VectorKind.Vector, keyValues: true);
        yield return new(TopScores, VectorKind.Vector, NumberDataViewType.Single, false);
        if (labelled)
        {
            var size = new SchemaShape([new(VocabularySize, VectorKind.Scalar, NumberDataViewType.Int32, false)]);
            yield return new(LabelRank, VectorKind.Scalar, NumberDataViewType.UInt32, false, size);
            yield return new(LabelLogLoss, VectorKind.Scalar, NumberDataViewType.Double, false, size);
        }
        if (probabilities)
        {
            yield return new(Score, VectorKind.Vector, NumberDataViewType.Single, false,
                new SchemaShape([new(AnnotationUtils.Kinds.SlotNames, VectorKind.Vector, TextDataViewType.Instance, false)]));
        }
    }

    private DataViewSchema.DetachedColumn Detach(string column) => column switch
    {
        PredictedLabel => new(column, CircuitColumns.TokenKey(_vocabulary), CircuitColumns.KeyValues(_vocabulary)),
        TopTokens => new(column, new VectorDataViewType(CircuitColumns.TokenKey(_vocabulary), _k), CircuitColumns.KeyValues(_vocabulary)),
        TopScores => new(column, new VectorDataViewType(NumberDataViewType.Single, _k)),
        LabelRank => new(column, NumberDataViewType.UInt32, OfVocabulary()),
        LabelLogLoss => new(column, NumberDataViewType.Double, OfVocabulary()),
        _ => new(column, new VectorDataViewType(NumberDataViewType.Single, _vocabulary.Count), CircuitColumns.SlotNames(_vocabulary)),
    };

    private DataViewSchema.Annotations OfVocabulary()
    {
        int size = _vocabulary.Count;
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddPrimitiveValue(VocabularySize, NumberDataViewType.Int32, size);
        return annotations.ToAnnotations();
    }

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
