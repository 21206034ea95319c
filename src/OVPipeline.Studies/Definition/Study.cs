using OVPipeline.Checkpoints;
using OVPipeline.Core;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace OVPipeline.Studies;

/// <summary>What is measured of which models: a file of YAML, or of JSON, which YAML contains.</summary>
public sealed class Study
{
    // A study has five; each takes room on the stack of what reads it.
    private const int MostDepth = 64;

    private const string NameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

    private Study(
        string file, string name, int seed, string? text, IReadOnlyList<StudyModel> models, IReadOnlyList<IStudyMeasure> measures)
    {
        File = file;
        Name = name;
        Seed = seed;
        Text = text;
        Models = models;
        Measures = measures;
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The study's name.</summary>
    public string Name { get; }

    /// <summary>Seed of what is random and has no seed of its own.</summary>
    public int Seed { get; }

    /// <summary>A folder of texts; null for none.</summary>
    public string? Text { get; }

    /// <summary>The models, in order.</summary>
    public IReadOnlyList<StudyModel> Models { get; }

    /// <summary>Names of the measures, in order.</summary>
    public IReadOnlyList<string> MeasureNames => [.. Measures.Select(measure => measure.Name)];

    internal IReadOnlyList<IStudyMeasure> Measures { get; }

    /// <summary>Reads a study's file. No model is looked for.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileException">It cannot be read.</exception>
    /// <exception cref="StudyException">It is no study: says in which line, and what was meant.</exception>
    public static Study Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var yaml = new YamlStream();
        try
        {
            using var stream = RegularFile.OpenRead(path);
            RequireShallow(stream);
            stream.Position = 0;
            using var reader = new StreamReader(stream);
            yaml.Load(reader);
        }
        catch (YamlException e)
        {
            throw new StudyException(path, $"line {e.Start.Line}: it is no YAML: {e.Message.TrimEnd('.')}.", e);
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new FileException(path, $"cannot be read: {FileException.Reason(path, e)}.", e);
        }
        if (yaml.Documents.Count != 1)
            throw new StudyException(path, $"a study is one document, and it holds {yaml.Documents.Count}.");
        return Read(path, new(path, "the study", yaml.Documents[0].RootNode));
    }

    // What reads the tree calls itself for each level.
    private static void RequireShallow(Stream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        var parser = new Parser(reader);
        for (int depth = 0; parser.MoveNext();)
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > MostDepth)
                throw new YamlException(parser.Current.Start, parser.Current.End, $"it is nested deeper than {MostDepth} levels");
        }
    }

    private static Study Read(string path, StudyFields fields)
    {
        string name = Named(fields, fields.Required("name"));
        int seed = fields.Number("seed", 1, least: 0);
        string? text = fields.Path("text");
        StudyModel[] models = [.. fields.Parts("models", "model").Select(Model)];
        IStudyMeasure[] measures = [.. fields.Parts("measures", "measure").Select(StudyMeasures.Read)];
        fields.RequireNoOthers();
        if (text is not null && !Directory.Exists(text))
            throw fields.Mistake($"there is no folder of texts {text}.");
        RequireDistinct(fields, "models", models.Select(model => model.Name));
        RequireDistinct(fields, "measures", measures.Select(measure => Named(fields, measure.Name)));
        return new(path, name, seed, text, models, measures);
    }

    private static StudyModel Model(StudyFields fields)
    {
        string source = fields.Path("model") ?? fields.Required("model");
        string name = Named(fields, fields.Text("name") ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(source)).Split('@', ':')[0]);
        var revisions = fields.Words("revisions") ?? [""];
        ModelSizes? sizes = null;
        if (fields.Part("sizes") is { } said)
        {
            sizes = new(Size("layers"), Size("heads"), Size("d-model"), Size("d-head"), Size("vocabulary"));
            said.RequireNoOthers();

            int Size(string size) => said.NumberOrNone(size) ?? throw said.Mistake($"the sizes of {name} have no {size}: they need one.");
        }
        var options = new CheckpointOptions
        {
            FoldLayerNorm = fields.Flag("fold-layer-norm"),
            CenterWritingWeights = fields.Flag("center-writing-weights"),
            CenterUnembed = fields.Flag("center-unembed"),
            FoldValueBiases = fields.Flag("fold-value-biases"),
            NormScales = fields.Flag("lone-embedding") ? NormScaleSource.LoneEmbedding : NormScaleSource.None,
            Tokenizer = fields.Path("tokenizer"),
        };
        fields.RequireNoOthers();
        RequireDistinct(fields, $"revisions of {name}", revisions);
        foreach (string revision in revisions.Where(revision => revision.Length > 0))
            Named(fields, revision);
        return new(name, source, revisions) { Sizes = sizes, Options = options };
    }

    // Names stand in names of files.
    private static string Named(StudyFields fields, string name) =>
        name.Length > 0 && name[0] != '.' && name.All(NameCharacters.Contains)
            ? name
            : throw fields.Mistake($"a name has letters, digits, dots, hyphens and underscores alone, and '{name}' has not: give a name.");

    private static void RequireDistinct(StudyFields fields, string what, IEnumerable<string> names)
    {
        // Names of files, which some systems tell apart by their letters alone.
        if (names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw fields.Mistake($"two of the {what} are called '{twice.Key}': give one of them another name.");
    }
}
