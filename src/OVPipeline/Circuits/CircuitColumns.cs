using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline.Core;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace OVPipeline;

/// <summary>Circuit columns, token columns and their annotations, as shapes and as schemas.</summary>
public static class CircuitColumns
{
    // On circuit columns whose outputs are not the tokens, and on no others: how many there are.
    private const string OutputCount = "OutputVocabularySize";

    /// <summary>The circuit behind a column that <c>ExtractOVCircuit</c>, <c>ApplyTokenCircuit</c> or a fitted copier made.</summary>
    /// <exception cref="ArgumentException">The column carries no circuit.</exception>
    /// <example>
    /// <code>
    /// var data = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1)).Fit(tokens).Transform(tokens);
    /// Console.WriteLine(data.Schema["Circuit"].GetTokenCircuit().Logits.FrobeniusNorm());
    /// </code>
    /// </example>
    public static TokenCircuit GetTokenCircuit(this DataViewSchema.Column column) => column.GetAnnotatedCircuit().Circuit;

    internal static AnnotatedCircuit GetAnnotatedCircuit(this DataViewSchema.Column column)
    {
        if (!column.HasTokenCircuit())
        {
            throw Contracts.ExceptParam(nameof(column), $"Column '{column.Name}' ({column.Type}) carries no token circuit: only the column "
                + "that a circuit transformer made does, not a copy that Concatenate or a normalizer made of it.");
        }
        AnnotatedCircuit? circuit = null;
        column.Annotations.GetValue(TokenCircuitDataViewType.Annotation, ref circuit!);
        return circuit;
    }

    internal static bool HasTokenCircuit(this DataViewSchema.Column column) =>
        column.Annotations.Schema.GetColumnOrNull(TokenCircuitDataViewType.Annotation)?.Type is TokenCircuitDataViewType;

    internal static DataViewSchema.DetachedColumn Circuit(string name, AnnotatedCircuit circuit)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        ValueGetter<AnnotatedCircuit> getter = (ref AnnotatedCircuit value) => value = circuit;
        annotations.Add(TokenCircuitDataViewType.Annotation, TokenCircuitDataViewType.Instance, getter);
        if (circuit.Circuit.NoCopying is not null)
            annotations.AddPrimitiveValue(OutputCount, NumberDataViewType.Int32, circuit.Circuit.OutputVocabulary);
        return new(name, new VectorDataViewType(NumberDataViewType.Single, circuit.Circuit.Rank), annotations.ToAnnotations());
    }

    internal static SchemaShape.Column CircuitShape(string name, bool otherOutputs = false)
    {
        var circuit = new SchemaShape.Column(
            TokenCircuitDataViewType.Annotation, VectorKind.Scalar, TokenCircuitDataViewType.Instance, false);
        var outputs = new SchemaShape.Column(OutputCount, VectorKind.Scalar, NumberDataViewType.Int32, false);
        SchemaShape.Column[] annotations = otherOutputs ? [circuit, outputs] : [circuit];
        return new(name, VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(annotations));
    }

    /// <summary>Whether a circuit column's outputs are not its tokens.</summary>
    internal static bool HasOtherOutputs(this SchemaShape.Column column) => column.Annotations.TryFindColumn(OutputCount, out _);

    internal static KeyDataViewType TokenKey(Vocabulary vocabulary) => new(typeof(uint), vocabulary.Count);

    internal static SchemaShape.Column TokenKeyShape(
        string name, VectorKind kind = VectorKind.Scalar, params IEnumerable<SchemaShape.Column> annotations) =>
        new(name, kind, NumberDataViewType.UInt32, true, new SchemaShape(annotations));

    internal static ValueGetter<VBuffer<ReadOnlyMemory<char>>> Strings(Vocabulary vocabulary)
    {
        var strings = new VBuffer<ReadOnlyMemory<char>>(vocabulary.Count, [.. vocabulary.Tokens.Select(t => t.AsMemory())]);
        return (ref VBuffer<ReadOnlyMemory<char>> value) => strings.CopyTo(ref value);
    }

    /// <summary>Throws unless the shape has a scalar key column of that name.</summary>
    internal static void RequireTokenKey(this SchemaShape shape, string role, string name)
    {
        if (!shape.TryFindColumn(name, out var column) || !TokenKeyShape(name).IsCompatibleWith(column))
            throw Mismatch(role, name, "a scalar Key<UInt32> over the vocabulary", column.IsValid ? column.GetTypeString() : null);
    }

    /// <summary>The column of that name, which must be a scalar key over a vocabulary of <paramref name="count"/> tokens.</summary>
    internal static DataViewSchema.Column RequireTokenKey(this DataViewSchema schema, string role, string name, int count,
        string over = "") =>
        schema.GetColumnOrNull(name) is { Type: KeyDataViewType key } column && key.RawType == typeof(uint) && key.Count == (ulong)count
            ? column
            : throw Mismatch(role, name, $"Key<UInt32, 0-{count - 1}>{over}", schema.GetColumnOrNull(name)?.Type.ToString());

    /// <summary>The column of labels of that name, which must be a scalar key over outputs.</summary>
    /// <param name="schema">The columns.</param>
    /// <param name="name">Its name.</param>
    /// <param name="outputs">How many outputs there are.</param>
    /// <param name="areTokens">Whether they are the tokens.</param>
    internal static DataViewSchema.Column RequireLabel(this DataViewSchema schema, string name, int outputs, bool areTokens) =>
        schema.RequireTokenKey("label", name, outputs, areTokens ? "" : $", a key over the {outputs} outputs");

    /// <summary>The shape with columns added, or replaced where the name is taken.</summary>
    internal static SchemaShape With(this SchemaShape shape, params IReadOnlyCollection<SchemaShape.Column> columns) =>
        new(shape.Where(old => columns.All(c => c.Name != old.Name)).Concat(columns));

    /// <summary>Why there are no figures of labels of a circuit that was given none but the tokens themselves.</summary>
    internal static Exception NoLabel(TokenCircuit circuit, string parameter) =>
        Contracts.ExceptParam(parameter, $"{circuit.NoCopying} Name a key column over its outputs as the label.");

    /// <summary>A column that is not there or of another type: of the type and with the mark of ML.NET's own.</summary>
    internal static Exception Mismatch(string role, string name, string expected, string? actual)
    {
        string found = actual is null ? "and there is no such column." : $"but is {actual}.";
        return Contracts.ExceptParam(nameof(name), $"The {role} column '{name}' must be {expected}, {found}");
    }
}
