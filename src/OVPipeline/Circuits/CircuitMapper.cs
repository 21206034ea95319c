using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>A <see cref="TokenCircuitTransformer"/> bound to a schema: from a row's token to its row of H.</summary>
/// <param name="transformer">The transformer.</param>
/// <param name="schema">The schema.</param>
/// <param name="source">The data, of which an export to ONNX sees how its columns were made; null where there is none.</param>
internal sealed class CircuitMapper(TokenCircuitTransformer transformer, DataViewSchema schema, IDataView? source = null)
    : IRowMapper, ISaveAsOnnx
{
    private const string Step = "A token circuit";


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

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx)
    {
        if (source is not null)
            OnnxGraph.RequireExported(ctx, source, Step, _input.Name);
        return true;
    }

    // Keys are 1-based: a row of its own, of what a missing token has, goes before those of H.
    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
    {
        var graph = OnnxGraph.For(ctx, Step, _input.Name);
        var rows = transformer.Circuit.H;
        var withMissing = Matrix.Create(rows.Rows + 1, rows.Columns, (i, j) => i == 0 ? float.NaN : rows[i - 1, j]);
        string key = graph.Node("Cast", [graph.Variable(_input.Name)], ("to", typeof(long)));
        string gathered = graph.Node("Gather", [graph.Constant(withMissing, "H"), key], ("axis", 0L)); // [rows, 1, r]
        var column = CircuitColumns.Circuit(transformer.OutputColumnName, transformer.AnnotatedCircuit);
        graph.Node("Squeeze", [gathered], graph.Column(column.Name, column.Type), ("axes", new long[] { 1 }));
    }

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
