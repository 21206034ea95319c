using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline;
using OVPipeline.Core;

[assembly: LoadableClass(
    typeof(TopKScoringTransformer), null, typeof(SignatureLoadModel), "Score top-k", TopKScoringTransformer.LoaderSignature)]

namespace OVPipeline;

/// <summary>
/// Scores the rows of a circuit column against the whole vocabulary, a block of rows at a time. Only its options are saved: the circuit
/// is bound from the schema, as MapKeyToValue binds its values.
/// </summary>
public sealed class TopKScoringTransformer : ITransformer
{
    internal const string LoaderSignature = "OVPipelineScoreTopK";

    private readonly IHost _host;
    private readonly TopKScoringEstimator.Options _options;

    // Of names of columns: no name is near as long.
    private const int LongestOptions = 1 << 16;

    internal TopKScoringTransformer(IHostEnvironment env, TopKScoringEstimator.Options options)
    {
        _host = env.Register(nameof(TopKScoringTransformer));
        _options = options;
    }

    internal TopKScoringEstimator.Options Options => _options;

    internal TopKScoringTransformer With(IScoringEngine engine) => new(_host, _options.With(engine));

    internal static void Check(TopKScoringEstimator.Options options)
    {
        ArgumentException.ThrowIfNullOrEmpty(options.CircuitColumnName);
        ArgumentNullException.ThrowIfNull(options.OutputColumnPrefix);
        if (options.LabelColumnName is { Length: 0 })
            throw new ArgumentException("A label column has a name; for none it is null.", nameof(options));
        ArgumentNullException.ThrowIfNull(options.Engine);
        if (options.K is < 1 or > ScoringOptions.MaxTopK)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.K, $"K must be in [1, {ScoringOptions.MaxTopK}], was {options.K}.");
        }
    }

    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The circuit column carries no circuit, or the label column is over another vocabulary.
    /// </exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) =>
        new ColumnBindings(inputSchema, new ScoringBinding(_options, inputSchema).Columns.Detached).Schema;

    /// <summary>Adds the score columns to data. Rows are scored as they are read, in blocks.</summary>
    /// <exception cref="ArgumentException">
    /// The circuit column carries no circuit, or the label column is over another vocabulary.
    /// </exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new BlockScoringDataView(_host, input, new(_options, input.Schema), this);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        return new RowToRowMapperTransform(_host, new EmptyDataView(_host, inputSchema), Bind(inputSchema), Bind);

        ScoringMapper Bind(DataViewSchema schema) => new(this, new(_options, schema));
    }

    // Readers of the first version know no prefix, and a label that is null only as one that is not there.
    private const uint ReadableByAll = 0x00010001, ReadableFromPrefixes = 0x00010002;

    internal static VersionInfo GetVersionInfo(uint readable = ReadableByAll) => new(
        modelSignature: "OVSCTOPK",
        verWrittenCur: 0x00010002, // 2: the prefix of the added columns' names
        verReadableCur: readable,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(TopKScoringTransformer).Assembly.GetName().Name);

    // One entry: two texts, a 32-bit number, a byte, and where there is one the prefix, in the order in which they are written below. A
    // label that is null is an empty text.
    // ML.NET finds this by name, through LoadableClass.
    private static TopKScoringTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        return Read(env, ModelEntries.Of(ctx));
    }

    /// <exception cref="CircuitModelException">The entry is missing or not what was saved.</exception>
    internal static TopKScoringTransformer Read(IHostEnvironment env, ModelEntries entries)
    {
        return new(env, entries.Parse("ScoreTopK", LongestOptions, reader =>
        {
            var options = new TopKScoringEstimator.Options
            {
                CircuitColumnName = reader.ReadString(),
                LabelColumnName = reader.ReadString() is { Length: > 0 } label ? label : null,
                K = reader.ReadInt32(),
                Probabilities = reader.ReadBoolean(),
                OutputColumnPrefix = reader.BaseStream.Position < reader.BaseStream.Length ? reader.ReadString() : "",
            };
            Check(options);
            return options;
        }));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        bool isOfFirst = _options.OutputColumnPrefix.Length == 0 && _options.LabelColumnName is not null;
        ctx.SetVersionInfo(GetVersionInfo(isOfFirst ? ReadableByAll : ReadableFromPrefixes));
        ModelEntries.Write(ctx, ("ScoreTopK", ModelEntries.Of(writer =>
        {
            writer.Write(_options.CircuitColumnName);
            writer.Write(_options.LabelColumnName ?? "");
            writer.Write(_options.K);
            writer.Write(_options.Probabilities);
            if (_options.OutputColumnPrefix.Length > 0)
                writer.Write(_options.OutputColumnPrefix);
        })));
    }
}
