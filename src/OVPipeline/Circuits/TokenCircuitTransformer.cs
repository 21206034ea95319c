using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline;
using OVPipeline.Core;

[assembly: LoadableClass(
    typeof(TokenCircuitTransformer), null, typeof(SignatureLoadModel), "Token circuit", TokenCircuitTransformer.LoaderSignature)]

namespace OVPipeline;

/// <summary>
/// Maps each token to its row of a circuit's H, a Vector&lt;Single, r&gt; column that carries the <see cref="TokenCircuit"/>. An
/// extracted and a trained circuit are the same transformer. Saved with H, G and the residual factors, and so without the checkpoint.
/// </summary>
public sealed class TokenCircuitTransformer : ITransformer
{
    internal const string LoaderSignature = "OVPipelineTokenCircuit";

    private readonly IHost _host;
    private readonly AnnotatedCircuit _circuit;

    internal TokenCircuitTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName, AnnotatedCircuit circuit)
    {
        _host = env.Register(nameof(TokenCircuitTransformer));
        OutputColumnName = outputColumnName;
        InputColumnName = inputColumnName;
        _circuit = circuit;
    }

    /// <summary>The circuit.</summary>
    public TokenCircuit Circuit => _circuit.Circuit;

    /// <summary>How the fit went that made the circuit; null for an extracted one, and one of a file of before 0.2.</summary>
    public LowRankFit? Fit { get; internal init; }

    /// <summary>The strings of the circuit's tokens.</summary>
    public Vocabulary Vocabulary => _circuit.Vocabulary;

    /// <summary>The strings of the circuit's outputs: <see cref="Vocabulary"/> itself where they are the tokens.</summary>
    public Vocabulary OutputVocabulary => _circuit.Outputs;

    /// <summary>The key column over tokens that is read.</summary>
    public string InputColumnName { get; }

    /// <summary>The circuit column that is made.</summary>
    public string OutputColumnName { get; }

    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The token column is missing, is no key, or has another number of tokens.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) =>
        RowToRowMapperTransform.GetOutputSchema(inputSchema, new CircuitMapper(this, inputSchema));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The token column is missing, is no key, or has another number of tokens.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new RowToRowMapperTransform(
            _host, input, new CircuitMapper(this, input.Schema, input), schema => new CircuitMapper(this, schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) =>
        (IRowToRowMapper)Transform(new EmptyDataView(_host, inputSchema));

    internal AnnotatedCircuit AnnotatedCircuit => _circuit;

    // Readers of the first two versions take the outputs for the tokens.
    private const uint ReadableByAll = 0x00010001, ReadableFromOutputs = 0x00010003;

    internal static VersionInfo GetVersionInfo(uint readable = ReadableByAll) => new(
        modelSignature: "OVTCIRCT",
        verWrittenCur: 0x00010004, // 2: what rows and columns stand for; 3: outputs that are not the tokens; 4: how the fit went
        verReadableCur: readable,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        // The simple name: a full one would tie the file to this version of the assembly.
        loaderAssemblyName: typeof(TokenCircuitTransformer).Assembly.GetName().Name);

    // ML.NET finds this by name, through LoadableClass.
    private static TokenCircuitTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        return Read(env, ModelEntries.Of(ctx));
    }

    /// <exception cref="CircuitModelException">An entry is missing or not what was saved.</exception>
    internal static TokenCircuitTransformer Read(IHostEnvironment env, ModelEntries entries)
    {
        var saved = SavedCircuit.Read(entries);
        return new(env, saved.OutputColumnName, saved.InputColumnName, saved.Circuit) { Fit = saved.Fit };
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo(_circuit.Circuit.NoCopying is null ? ReadableByAll : ReadableFromOutputs));
        ModelEntries.Write(ctx, new SavedCircuit(OutputColumnName, InputColumnName, _circuit, Fit).ToEntries());
    }
}
