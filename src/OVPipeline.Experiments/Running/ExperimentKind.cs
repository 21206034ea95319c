using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace OVPipeline.Experiments;

/// <summary>
/// An experiment that a file or a command line can name, with its options by name: those of its record, in lower case with hyphens, such as
/// <c>max-fit-steps</c> for <see cref="ExperimentOptions.MaxFitSteps"/>.
/// </summary>
public sealed class ExperimentKind
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private readonly Func<bool, int, IReadOnlyDictionary<string, JsonNode>, IExperiment> _create;

    private ExperimentKind(
        ExperimentInfo info, IEnumerable<string> names, Func<bool, int, IReadOnlyDictionary<string, JsonNode>, IExperiment> create)
    {
        Info = info;
        OptionNames = [.. names];
        _create = create;
    }

    /// <summary>What the experiment is called and what it asks.</summary>
    public ExperimentInfo Info { get; }

    /// <summary>Names of its options, in the order of its record.</summary>
    public IReadOnlyList<string> OptionNames { get; }

    /// <summary>A kind whose options are a record.</summary>
    /// <typeparam name="TOptions">The record; what is no part of a kept result's key (JSON ignores it) has no name here.</typeparam>
    /// <param name="create">Makes the experiment.</param>
    /// <param name="usual">Its options where nothing is said.</param>
    /// <param name="quick">Its options for a first look.</param>
    public static ExperimentKind Of<TOptions>(Func<TOptions, IExperiment> create, TOptions usual, TOptions quick)
        where TOptions : ExperimentOptions
    {
        ArgumentNullException.ThrowIfNull(create);
        var info = create(usual).Info;
        var named = typeof(TOptions).GetProperties()
            .Where(property => property.CanWrite && property.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .ToDictionary(property => JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name));
        return new(info, named.Keys, (isQuick, seed, values) =>
        {
            var options = (isQuick ? quick : usual) with { Seed = seed }; // a copy of its own
            foreach (var (name, value) in values)
            {
                if (!named.TryGetValue(name, out var property))
                    throw new FormatException($"{info.Name} has no option {name}; there are {string.Join(", ", named.Keys)}.");
                property.SetValue(options, Read(value, property.PropertyType) ?? throw new FormatException(
                    $"{name} of {info.Name} cannot be {value.ToJsonString()}."));
            }
            return create(options);
        });
    }

    /// <summary>The experiment with some options other than usual.</summary>
    /// <param name="quick">Whether the others are those of a first look.</param>
    /// <param name="seed">Seed of everything random, where the options have none.</param>
    /// <param name="options">Values by name: numbers, booleans, texts that are numbers, lists of them; null for none.</param>
    /// <exception cref="FormatException">There is no such option, or it cannot have that value.</exception>
    /// <exception cref="ArgumentException">A value is out of range, where the experiment says so when it is made.</exception>
    public IExperiment Create(bool quick = false, int seed = 1, IReadOnlyDictionary<string, JsonNode>? options = null) =>
        _create(quick, seed, options ?? new Dictionary<string, JsonNode>());

    // One value stands for a list of one. Null where it is no value of that type.
    private static object? Read(JsonNode value, Type type)
    {
        foreach (var one in value is JsonArray ? [value] : new[] { value, new JsonArray(value.DeepClone()) })
        {
            try
            {
                return one.Deserialize(type, s_json);
            }
            catch (JsonException)
            {
                // The next is tried.
            }
        }
        return null;
    }
}
