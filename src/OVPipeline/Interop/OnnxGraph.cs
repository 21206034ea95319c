using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>An ONNX model in the making, as <c>ml.Model.ConvertToOnnx</c> hands it to each step in turn.</summary>
internal sealed class OnnxGraph
{
    // Of the operators used: GatherElements and Equal of floats are of 11, and Squeeze has its axes as an attribute up to 12.
    private const int OperatorSet = 11;

    // A protobuf message, and so an ONNX file, holds no more. What is not a matrix is small beside this.
    private const long MostBytes = int.MaxValue - (1 << 24);

    private readonly OnnxContext _context;
    private readonly string _step;
    private readonly IReadOnlyCollection<string> _read;

    private OnnxGraph(OnnxContext context, string step, IReadOnlyCollection<string> read)
    {
        _context = context;
        _step = step;
        _read = read;
    }

    /// <summary>The graph for a step.</summary>
    /// <param name="context">ML.NET's.</param>
    /// <param name="step">What sentences call the step.</param>
    /// <param name="read">The columns that the step reads.</param>
    /// <exception cref="InvalidOperationException">A column comes from a step that cannot be exported.</exception>
    public static OnnxGraph For(OnnxContext context, string step, params IReadOnlyCollection<string> read)
    {
        context.CheckOpSetVersion(OperatorSet, step);
        if (read.FirstOrDefault(column => !context.ContainsColumn(column)) is { } missing)
            throw NotExported(step, missing);
        return new(context, step, read);
    }

    /// <summary>
    /// Throws where a column that a step reads comes from one that cannot be exported. ML.NET's converter only warns of such a step, leaves
    /// out all before it, and takes what is of the column's name in the data: another column, if the name was taken twice.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is such a column.</exception>
    public static void RequireExported(OnnxContext context, IDataView source, string step, params IReadOnlyCollection<string> read)
    {
        bool isLeftOut = false;
        for (var view = source; view is IDataTransform transform; view = transform.Source)
        {
            isLeftOut |= !(transform is ITransformCanSaveOnnx exported && exported.CanSaveOnnx(context));
            var added = transform.Schema.Skip(transform.Source.Schema.Count).Select(column => column.Name);
            if (isLeftOut && added.FirstOrDefault(read.Contains) is { } column)
                throw NotExported(step, column);
        }
    }

    /// <summary>The variable of a column that is read.</summary>
    public string Variable(string column) => _context.GetVariableName(column);

    /// <summary>The variable of a column that is made.</summary>
    public string Column(string name, DataViewType type) => _context.AddIntermediateVariable(type, name);

    /// <summary>A node of one output that is no column.</summary>
    public string Node(string operation, string[] inputs, params (string Name, object Value)[] attributes) =>
        Node(operation, inputs, Hidden(operation), attributes);

    /// <summary>A node of two outputs that are no columns.</summary>
    public (string First, string Second) Nodes(string operation, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var (first, second) = (Hidden(operation), Hidden(operation));
        Make(operation, inputs, [first, second], attributes);
        return (first, second);
    }

    /// <summary>A node that makes a variable.</summary>
    public string Node(string operation, string[] inputs, string output, params (string Name, object Value)[] attributes)
    {
        Make(operation, inputs, [output], attributes);
        return output;
    }

    public string Constant(float value) => _context.AddInitializer(value, Name("Single"));

    public string Constant(double value) => _context.AddInitializer(value, Name("Double"));

    public string Constant(long value) => _context.AddInitializer(value, Name("Int64"));

    public string Constant(long[] values) => _context.AddInitializer(values, [values.Length], Name("Int64s"));

    /// <summary>A matrix, and what it is called.</summary>
    /// <exception cref="NotSupportedException">It is too large for an ONNX file.</exception>
    public string Constant(Matrix matrix, string name)
    {
        if ((long)matrix.Rows * matrix.Columns * sizeof(float) > MostBytes)
        {
            throw new NotSupportedException($"{_step} cannot be exported: its {name} [{matrix.Rows}, {matrix.Columns}] is larger than an "
                + "ONNX file of one piece may be, 2 GiB.");
        }
        return _context.AddInitializer(matrix.Values.ToArray(), [matrix.Rows, matrix.Columns], Name(name));
    }

    private void Make(string operation, string[] inputs, string[] outputs, (string Name, object Value)[] attributes)
    {
        var node = _context.CreateNode(operation, inputs, outputs, _context.GetNodeName(Name(operation)), domain: "");
        foreach (var (name, value) in attributes)
        {
            switch (value)
            {
                case long number: node.AddAttribute(name, number); break;
                case long[] numbers: node.AddAttribute(name, numbers); break;
                case Type type: node.AddAttribute(name, type); break;
                default: throw new ArgumentException($"No attribute is a {value.GetType()}.", nameof(attributes));
            }
        }
    }

    private string Hidden(string operation) => _context.AddIntermediateVariable(null, Name(operation), skip: true);

    // With what the step reads, so that nodes can be told apart, and no name is that of a column.
    private string Name(string part) => $"OVPipeline.{_step}.{_read.First()}.{part}";

    private static InvalidOperationException NotExported(string step, string column) =>
        new($"{step} cannot be exported to ONNX: its column '{column}' comes from a step that cannot be.");
}
