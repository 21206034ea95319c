using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The model's configuration where a pickle has one beside its tensors: a dictionary of settings or an object that has them as attributes
/// (nanoGPT's <c>model_args</c>, Lightning's <c>hyper_parameters</c>, the <c>cfg</c> of a whole HookedTransformer, the arguments of a
/// training run). It is taken where it tells numbers of layers and of heads.
/// </summary>
internal static class PickledConfig
{
    // The first that is there is taken: what is said of the model comes before what is said of its training.
    private static readonly string[] s_names =
        ["model_args", "model_config", "model_cfg", "cfg", "config", "hyper_parameters", "hparams", "args", "kwargs"];

    // Names that mean something else among the settings of a training run: Adam's epsilon, the run's name, a kind of somebody's own.
    private static readonly string[] s_ofTraining = ["eps", "name", "model_type"];

    // A state dict in a module in a trainer's dictionary: there is nothing to be found below.
    private const int Deepest = 4, MostLooked = 200_000, MostFound = 32;

    /// <summary>The configuration, or null where there is none.</summary>
    public static ModelConfigFile? Find(string file, object? root)
    {
        List<(int Rank, string Path, object Value)> found = [];
        int left = MostLooked;
        Look(root, "", 0, found, ref left);
        foreach (var (_, path, value) in found.OrderBy(item => item.Rank).ThenBy(item => item.Path.Count(c => c == '.')))
            if (PickledSettings.Of(value) is { } settings && IsOfModel(settings))
                return Config($"{file} ({path})", settings, IsOfModelAlone(value, settings));
        return null;
    }

    private static void Look(object? value, string path, int depth, List<(int, string, object)> found, ref int left)
    {
        if (depth > Deepest || PickledSettings.Entries(value) is not { } entries)
            return;
        foreach (var (key, inner) in entries)
        {
            if (left-- <= 0 || found.Count == MostFound)
                return;
            if (inner is not (PickleDictionary or PickleObject))
                continue;
            string name = key as string ?? "?";
            string there = path.Length == 0 ? name : $"{path}.{name}";
            if (Array.IndexOf(s_names, name) is >= 0 and var rank)
                found.Add((rank, there, inner));
            Look(inner, there, depth + 1, found, ref left);
        }
    }

    private static bool IsOfModel(Dictionary<string, object?> settings) =>
        ConfiguredHeads.LayerFields.Any(settings.ContainsKey) && ConfiguredHeads.HeadFields.Any(settings.ContainsKey);

    // A class of configurations (HookedTransformerConfig, GPT2Config), or the dictionary that one writes.
    private static bool IsOfModelAlone(object value, Dictionary<string, object?> settings) =>
        (value as PickleObject)?.Name.EndsWith("Config", StringComparison.Ordinal) == true
        || settings.ContainsKey("normalization_type")
        || settings.ContainsKey("transformers_version");

    private static ModelConfigFile Config(string place, Dictionary<string, object?> settings, bool ofModelAlone)
    {
        if (settings.GetValueOrDefault("model_name") is "custom") // TransformerLens' name of what has none
            settings.Remove("model_name");
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            PickledSettings.Write(json, ofModelAlone ? settings : settings.Where(item => !s_ofTraining.Contains(item.Key)).ToDictionary());
        using var document = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
        return ModelConfigFile.Within(place, document.RootElement);
    }
}
