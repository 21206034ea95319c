using System.Globalization;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// Reads a saved pipeline of this library's steps by itself: what a file names is compared with what is known here, and nothing of it is
/// looked up, loaded or called.
/// </summary>
internal sealed class CircuitLoader(IHostEnvironment env, CircuitArchive archive)
{
    // ML.NET's names; a pipeline has a folder for each step.
    private const string Model = "TransformerChain", MlNetData = "Microsoft.ML.Data";

    // Pipelines in pipelines, and how many steps there may be: somebody may have scored every head of a model.
    private const int Deepest = 4, MostSteps = 10_000;

    // A step's own stream has half a kilobyte.
    private const int LongestKey = 1 << 16;

    private static readonly string s_ours = typeof(CircuitLoader).Assembly.GetName().Name!;

    private static readonly VersionInfo s_chain = new(
        modelSignature: "XF CHAIN", verWrittenCur: 0x00010001, verReadableCur: 0x00010001, verWeCanReadBack: 0x00010001,
        loaderAssemblyName: MlNetData, loaderSignature: TransformerChain.LoaderSignature);

    private readonly List<ITransformer> _steps = [];

    /// <summary>The pipeline of a file, and the columns that it reads.</summary>
    /// <exception cref="CircuitModelException">The file is no saved pipeline of this library's steps.</exception>
    public static (TransformerChain<ITransformer> Pipeline, DataViewSchema Reads) Load(IHostEnvironment env, string path)
    {
        try
        {
            using var archive = CircuitArchive.Open(path);
            var loader = new CircuitLoader(env, archive);
            var read = loader.ReadStep(Model, 0);
            var pipeline = read as TransformerChain<ITransformer> ?? new TransformerChain<ITransformer>(read);
            return loader._steps.OfType<TokenCircuitTransformer>().Any()
                ? (pipeline, PipelineColumns.ReadBy(loader._steps))
                : throw new CircuitModelException(path, null, "holds an ML.NET model, but no token circuit");
        }
        catch (CircuitModelException e) when (e.File is null)
        {
            throw new CircuitModelException(path, e.Entry, e.Reason, e);
        }
    }

    private ITransformer ReadStep(string folder, int depth)
    {
        string name = $"{folder}/{ModelEntries.Key}";
        byte[]? key = null;
        bool isThere = archive.TryRead(name, (stream, length) =>
        {
            if (length > LongestKey)
                throw new CircuitModelException(null, name, $"holds {length} bytes, more than the {LongestKey} that it can have");
            key = new byte[length];
            stream.ReadExactly(key);
        });
        if (!isThere)
            throw depth == 0 ? new(null, null, CircuitArchive.Damaged) : new CircuitModelException(null, name, "is missing");
        using var reader = new BinaryReader(new MemoryStream(key!), Encoding.UTF8);
        try
        {
            return ModelEntries.Guarded(name, () => ReadStep(folder, depth, reader));
        }
        catch (CircuitModelException e) when (e.Entry is { } entry && !entry.StartsWith(folder, StringComparison.Ordinal))
        {
            throw new CircuitModelException(null, $"{folder}/{entry}", e.Reason, e);
        }
    }

    private ITransformer ReadStep(string folder, int depth, BinaryReader reader)
    {
        ModelHeader.BeginRead(out _, out var header, out _, out string? assembly, reader);
        string signature = ModelHeader.GetLoaderSig(ref header);
        string of = assembly?.Split(',')[0] ?? "";
        var entries = () => new ModelEntries(reader, (entry, read) => archive.TryRead($"{folder}/{entry}", read));
        switch (signature, of)
        {
            case (TransformerChain.LoaderSignature, MlNetData):
                ModelHeader.CheckVersionInfo(ref header, s_chain);
                return ReadChain(folder, depth, reader);
            case (TokenCircuitTransformer.LoaderSignature, _) when of == s_ours:
                ModelHeader.CheckVersionInfo(ref header, TokenCircuitTransformer.GetVersionInfo());
                return Add(TokenCircuitTransformer.Read(env, entries()));
            case (TopKScoringTransformer.LoaderSignature, _) when of == s_ours:
                ModelHeader.CheckVersionInfo(ref header, TopKScoringTransformer.GetVersionInfo());
                return Add(TopKScoringTransformer.Read(env, entries()));
            default:
                throw new CircuitModelException(null, $"{folder}/{ModelEntries.Key}",
                    $"is a step '{signature}' of '{of}', which is none of {s_ours}'s; ml.Model.Load opens it, if you trust the file");
        }
    }

    private TransformerChain<ITransformer> ReadChain(string folder, int depth, BinaryReader reader)
    {
        int count = reader.ReadInt32();
        if (count < 1 || count > MostSteps - _steps.Count || depth == Deepest)
            throw new FormatException($"it says that there are {count} steps in a pipeline {depth} deep");
        List<ITransformer> steps = [];
        List<TransformerScope> scopes = [];
        for (int i = 0; i < count; i++)
        {
            scopes.Add((TransformerScope)reader.ReadInt32());
            steps.Add(ReadStep(string.Create(CultureInfo.InvariantCulture, $"{folder}/Transform_{i:000}"), depth + 1));
        }
        return new(steps, scopes);
    }

    private ITransformer Add(ITransformer step)
    {
        _steps.Add(step);
        return step;
    }
}
