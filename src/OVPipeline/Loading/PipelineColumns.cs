using Microsoft.ML;
using Microsoft.ML.Data;

namespace OVPipeline;

/// <summary>The columns that a pipeline of this library's steps reads, made from what the steps themselves hold.</summary>
internal static class PipelineColumns
{
    /// <summary>A key column over its tokens for each circuit, and over its outputs for each label, with their strings.</summary>
    public static DataViewSchema ReadBy(IEnumerable<ITransformer> steps)
    {
        var schema = new DataViewSchema.Builder();
        HashSet<string> names = [];
        Dictionary<string, TokenCircuitTransformer> made = [];
        foreach (var step in steps)
        {
            if (step is TokenCircuitTransformer circuit)
            {
                Add(circuit.InputColumnName, circuit.Vocabulary);
                made[circuit.OutputColumnName] = circuit;
            }
            else if (step is TopKScoringTransformer { Options: { LabelColumnName: { } label } options }
                && made.TryGetValue(options.CircuitColumnName, out var scored))
            {
                Add(label, scored.OutputVocabulary);
            }
        }
        return schema.ToSchema();

        void Add(string name, Core.Vocabulary vocabulary)
        {
            if (!names.Add(name))
                return;
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.AddKeyValues(vocabulary.Count, TextDataViewType.Instance, CircuitColumns.Strings(vocabulary));
            schema.AddColumn(name, CircuitColumns.TokenKey(vocabulary), annotations.ToAnnotations());
        }
    }
}
