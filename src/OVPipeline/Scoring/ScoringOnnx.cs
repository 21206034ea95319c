using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// The columns of <c>ScoreTopK</c> as ONNX nodes: logits by a matrix product, top tokens by TopK, whose ties go to the lower index as ours
/// do. Sums are in single precision, as a runtime takes them: where two logits are that near, it may order them otherwise than we do.
/// </summary>
/// <param name="graph">Where nodes go.</param>
/// <param name="binding">What is scored.</param>
internal sealed class ScoringOnnx(OnnxGraph graph, ScoringBinding binding)
{
    private readonly TopKScoringEstimator.Options _options = binding.Options;

    public void Write()
    {
        var circuit = binding.Circuit.Circuit;
        string row = graph.Variable(_options.CircuitColumnName);

        // A row with a value that is no number is missing, as CircuitRowBlock.IsMissing has it; zeros are scored in its place.
        string zero = graph.Constant(0f);
        string nothing = graph.Node("ReduceSum", [graph.Node("Mul", [row, zero])], ("axes", new long[] { 1 }));
        string missing = graph.Node("IsNaN", [nothing]);
        string logits = graph.Node("MatMul", [graph.Node("Where", [missing, zero, row]), graph.Constant(circuit.G, "G")]);

        WriteTop(missing, logits);
        if (binding.LabelColumn is { } label)
            WriteLabel(missing, logits, graph.Variable(label.Name));
        if (_options.Probabilities)
            Write(ScoreColumns.Score, "Where", [missing, graph.Constant(float.NaN), graph.Node("Softmax", [logits], ("axis", 1L))]);
    }

    private void WriteTop(string missing, string logits)
    {
        var (scores, tokens) = graph.Nodes("TopK", [logits, graph.Constant([(long)_options.K])], ("axis", 1L));
        string keys = graph.Node("Add", [tokens, graph.Constant(1L)]); // keys are 1-based, and 0 is missing
        string masked = graph.Node("Where", [missing, graph.Constant(0L), keys]);
        string first = graph.Node("Gather", [masked, graph.Constant([0L])], ("axis", 1L));
        Write(ScoreColumns.PredictedLabel, "Cast", [first], ("to", typeof(uint)));
        Write(ScoreColumns.TopTokens, "Cast", [masked], ("to", typeof(uint)));
        Write(ScoreColumns.TopScores, "Where", [missing, graph.Constant(float.NaN), scores]);
    }

    private void WriteLabel(string missing, string logits, string label)
    {
        string key = graph.Node("Cast", [label], ("to", typeof(long)));
        string index = graph.Node("Sub", [key, graph.Constant(1L)]); // of a missing label the last, which is masked below
        string none = graph.Node("Or", [missing, graph.Node("Equal", [key, graph.Constant(0L)])]);

        // One more than the outputs above the label: of a higher logit, or of the same and a lower index.
        string own = graph.Node("GatherElements", [logits, index], ("axis", 1L));
        string indexes = graph.Constant([.. Enumerable.Range(0, binding.Circuit.Outputs.Count).Select(i => (long)i)]);
        string ties = graph.Node("And", [graph.Node("Equal", [logits, own]), graph.Node("Less", [indexes, index])]);
        string above = graph.Node("Or", [graph.Node("Greater", [logits, own]), ties]);
        string counted = graph.Node("Cast", [above], ("to", typeof(long)));
        string rank = graph.Node("Add", [graph.Node("ReduceSum", [counted], ("axes", new long[] { 1 })), graph.Constant(1L)]);
        Write(ScoreColumns.LabelRank, "Where", [none, graph.Constant(float.NaN), graph.Node("Cast", [rank], ("to", typeof(float)))]);

        string all = graph.Node("LogSoftmax", [graph.Node("Cast", [logits], ("to", typeof(double)))], ("axis", 1L));
        string loss = graph.Node("Neg", [graph.Node("GatherElements", [all, index], ("axis", 1L))]);
        Write(ScoreColumns.LabelLogLoss, "Where", [none, graph.Constant(double.NaN), loss]);
    }

    private void Write(string kind, string operation, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var column = binding.Columns.Detach(kind);
        graph.Node(operation, inputs, graph.Column(column.Name, column.Type), attributes);
    }
}
