using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline;
using OVPipeline.Core;

[assembly: LoadableClass(typeof(TokenCircuitTransformer), null, typeof(SignatureLoadModel), "Token circuit", TokenCircuitTransformer.LoaderSignature)]

namespace OVPipeline;

/// <summary>
/// Maps each token to its row of a circuit's H, a Vector&lt;Single, r&gt; column that carries the <see cref="TokenCircuit"/>. An extracted and a
/// trained circuit are the same transformer. Saved with H, G and the residual factors, and so without the checkpoint.
/// </summary>
public sealed class TokenCircuitTransformer : ITransformer
{
    internal const string LoaderSignature = "OVPipelineTokenCircuit";

    private readonly IHost _host;
    private readonly AnnotatedCircuit _circuit;

    internal TokenCircuitTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName, AnnotatedCircuit circuit) =>
        (_host, OutputColumnName, InputColumnName, _circuit) = (env.Register(nameof(TokenCircuitTransformer)), outputColumnName, inputColumnName, circuit);

    /// <summary>The circuit.</summary>
    public TokenCircuit Circuit => _circuit.Circuit;

    /// <summary>How the fit went that made the circuit; null for an extracted one, and for one that was loaded.</summary>
    public LowRankFit? Fit { get; internal init; }

    /// <summary>The strings of the circuit's tokens.</summary>
    public Vocabulary Vocabulary => _circuit.Vocabulary;

    /// <summary>The key column over tokens that is read.</summary>
    public string InputColumnName { get; }

    /// <summary>The circuit column that is made.</summary>
    public string OutputColumnName { get; }

    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The token column is missing, is no key, or has another number of tokens.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => RowToRowMapperTransform.GetOutputSchema(inputSchema, new CircuitMapper(this, inputSchema));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The token column is missing, is no key, or has another number of tokens.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new RowToRowMapperTransform(_host, input, new CircuitMapper(this, input.Schema), schema => new CircuitMapper(this, schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => (IRowToRowMapper)Transform(new EmptyDataView(_host, inputSchema));

    internal AnnotatedCircuit AnnotatedCircuit => _circuit;

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "OVTCIRCT",
        verWrittenCur: 0x00010002, // 2: what rows and columns stand for
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        // The simple name: a full one would tie the file to this version of the assembly.
        loaderAssemblyName: typeof(TokenCircuitTransformer).Assembly.GetName().Name);

    // ML.NET finds this by name, through LoadableClass.
    private static TokenCircuitTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        var entries = ModelEntries.Read(ctx);
        var (output, input, name, origin, rank, dModel, axes) = entries.Parse("Circuit", reader =>
        {
            string[] Strings() => [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())];
            return (reader.ReadString(), reader.ReadString(), reader.ReadString(),
                new CircuitOrigin(reader.ReadString(), [.. Strings().Select(HeadIndex.Parse)], Strings()), reader.ReadInt32(), reader.ReadInt32(), Axes());

            // Files of the first version, and all of circuits from source to output, end here.
            CircuitAxes Axes() => reader.BaseStream.Position < reader.BaseStream.Length ? Enum.Parse<CircuitAxes>(reader.ReadString()) : CircuitAxes.SourceToOutput;
        });
        var vocabulary = entries.Parse("Tokens", reader => new Vocabulary([.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())]));
        var residual = new FactoredMatrix(entries.ToMatrix("A", dModel, rank), entries.ToMatrix("B", rank, dModel));
        var circuit = new TokenCircuit(name, entries.ToMatrix("H", vocabulary.Count, rank), entries.ToMatrix("G", rank, vocabulary.Count), residual, origin with { Axes = axes });
        return new(env, output, input, new(circuit, vocabulary));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ModelEntries.Write(ctx,
            ("Circuit", ModelEntries.Of(writer =>
            {
                writer.Write(OutputColumnName);
                writer.Write(InputColumnName);
                writer.Write(Circuit.Name);
                writer.Write(Circuit.Origin.Model);
                Strings([.. Circuit.Heads.Select(head => head.ToString())]);
                Strings(Circuit.Origin.Processing);
                writer.Write(Circuit.Rank);
                writer.Write(Circuit.Residual.Rows);
                if (Circuit.Origin.Axes != CircuitAxes.SourceToOutput)
                    writer.Write(Circuit.Origin.Axes.ToString());

                void Strings(IReadOnlyList<string> values)
                {
                    writer.Write(values.Count);
                    foreach (string value in values)
                        writer.Write(value);
                }
            })),
            ("Tokens", ModelEntries.Of(writer =>
            {
                writer.Write(Vocabulary.Count);
                foreach (string token in Vocabulary.Tokens)
                    writer.Write(token);
            })),
            ("H", ModelEntries.Of(Circuit.H)), ("G", ModelEntries.Of(Circuit.G)), ("A", ModelEntries.Of(Circuit.Residual.A)), ("B", ModelEntries.Of(Circuit.Residual.B)));
    }
}
