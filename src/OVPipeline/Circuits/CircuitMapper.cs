using Microsoft.ML;
using Microsoft.ML.Data;

namespace OVPipeline;

/// <summary>A <see cref="TokenCircuitTransformer"/> bound to a schema: from a row's token to its row of H.</summary>
internal sealed class CircuitMapper(TokenCircuitTransformer transformer, DataViewSchema schema) : IRowMapper
{
    private readonly DataViewSchema.Column _input =
        schema.RequireTokenKey("token", transformer.InputColumnName, transformer.Vocabulary.Count);

    public DataViewSchema.DetachedColumn[] GetOutputColumns() =>
        [CircuitColumns.Circuit(transformer.OutputColumnName, transformer.AnnotatedCircuit)];

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput) => column => column == _input.Index && activeOutput(0);

    public Delegate?[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action? disposer)
    {
        disposer = null;
        return [activeOutput(0) ? Getter(input) : null];
    }

    public ITransformer GetTransformer() => transformer;

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)transformer).Save(ctx);

    private ValueGetter<VBuffer<float>> Getter(DataViewRow input)
    {
        var getToken = input.GetGetter<uint>(_input);
        var rows = transformer.Circuit.H;
        uint key = 0;
        return (ref VBuffer<float> row) =>
        {
            getToken(ref key);
            var editor = VBufferEditor.Create(ref row, rows.Columns);
            if (key == 0)
                editor.Values.Fill(float.NaN); // a missing token has a missing row
            else
                rows.Row((int)key - 1).CopyTo(editor.Values);
            row = editor.Commit();
        };
    }
}
