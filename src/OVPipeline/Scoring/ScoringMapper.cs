using Microsoft.ML;
using Microsoft.ML.Data;

namespace OVPipeline;

/// <summary>
/// Scores single rows, for PredictionEngine. It makes every column active and then reads some of them, so columns that cost differently
/// are scored apart, each when it is first read.
/// </summary>
internal sealed class ScoringMapper(ITransformer transformer, ScoringBinding binding) : IRowMapper
{
    private readonly string[] _kinds = [.. binding.Columns.Kinds];

    public DataViewSchema.DetachedColumn[] GetOutputColumns() => binding.Columns.Detached;

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
    {
        int[] needed = [.. binding.Dependencies(Active(activeOutput)).Select(column => column.Index)];
        return column => Array.IndexOf(needed, column) >= 0;
    }

    public Delegate?[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action? disposer)
    {
        disposer = null;
        var getters = new Delegate?[_kinds.Length];
        foreach (var group in Active(activeOutput).GroupBy(Cost))
        {
            var row = new SingleRow(binding, input, [.. group]);
            foreach (string kind in group)
                getters[Array.IndexOf(_kinds, kind)] = ScoreColumns.Getter(kind, row);
        }
        return getters;
    }

    public ITransformer GetTransformer() => transformer;

    void ICanSaveModel.Save(ModelSaveContext ctx) => transformer.Save(ctx);

    // Top tokens are cheapest, a label's figures take its logit and perhaps exponentials, and all probabilities take V of them.
    private static int Cost(string kind) => kind switch
    {
        ScoreColumns.LabelRank or ScoreColumns.LabelLogLoss => 1,
        ScoreColumns.Score => 2,
        _ => 0,
    };

    private string[] Active(Func<int, bool> activeOutput) => [.. _kinds.Where((_, i) => activeOutput(i))];
}
