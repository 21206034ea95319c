using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The models that are known by name: those of TransformerLens' list, and the course's. <c>known-models.json</c> beside this file holds
/// them, a line each.
/// </summary>
internal static class KnownModels
{
    private const string Resource = "known-models.json";
    private static readonly Lazy<IReadOnlyList<KnownModel>> s_all = new(Read);
    private static readonly Lazy<Dictionary<string, KnownModel>> s_byName = new(ByName);

    /// <summary>All, in the order of the list.</summary>
    public static IReadOnlyList<KnownModel> All => s_all.Value;

    /// <summary>Which version of TransformerLens the names are from, in words.</summary>
    public static string Source => Root().Get("source").Text();

    /// <summary>The model of an id or another of TransformerLens' names, whatever its case; null where none is known by it.</summary>
    public static KnownModel? Find(string name) => s_byName.Value.GetValueOrDefault(name);

    /// <summary>
    /// What is known of a model beyond its files: by its repository, or, whatever its file is called, by its tensors' names and sizes
    /// where those are telling. Null where nothing is.
    /// </summary>
    public static KnownModel? Of(string? repository, CheckpointTensors tensors) =>
        repository is not null && Find(repository) is { Kind: not null } known
            ? known
            : All.FirstOrDefault(model => model.Shape?.Fits(tensors) == true);

    private static Dictionary<string, KnownModel> ByName()
    {
        var found = new Dictionary<string, KnownModel>(StringComparer.OrdinalIgnoreCase);
        foreach (var model in All)
            foreach (string name in model.Aliases.Prepend(model.Id))
                found.TryAdd(name, model);
        return found;
    }

    private static List<KnownModel> Read()
    {
        var root = Root();
        var families = root.Get("families").Items().ToDictionary(item => item.Get("key").Text(), Family);
        return [.. root.Get("models").Items().Select(item => Model(item, families))];
    }

    private static JsonField Root()
    {
        using var stream = typeof(KnownModels).Assembly.GetManifestResourceStream(Resource)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return JsonFile.Parse(Resource, content);
    }

    private static ModelFamily Family(JsonField item) => new(item.Get("title").Text(), item.Find("model_type")?.Text(),
        [.. item.Get("tensors").Items().Select(name => name.Text())], item.Find("otherwise")?.Text())
    {
        TextType = item.Find("text_type")?.Text(),
    };

    private static KnownModel Model(JsonField item, Dictionary<string, ModelFamily> families)
    {
        string id = item.Get("id").Text();
        return new(id, families[item.Get("family").Text()])
        {
            Aliases = [.. (item.Find("aliases")?.Items() ?? []).Select(name => name.Text())],
            IsListed = item.Flag("listed", otherwise: true),
            IsHosted = item.Flag("hosted", otherwise: true),
            Kind = item.Find("kind") is { } kind ? ModelConfigFile.Within($"what is known of {id}", kind.Value) : null,
            Tokenizer = item.Find("tokenizer")?.Text(),
            Shape = item.Find("shape") is { } shape ? Shape(shape) : null,
            TokensPerStep = item.Find("tokens_per_step")?.Index(),
        };
    }

    private static KnownShape Shape(JsonField item)
    {
        int Size(string name) => item.Get(name).Index();
        return new(Size("layers"), Size("heads"), Size("d_model"), Size("d_head"), Size("d_vocab"), Size("n_ctx"));
    }
}
