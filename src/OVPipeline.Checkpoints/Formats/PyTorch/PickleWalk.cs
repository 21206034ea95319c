using System.Globalization;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Finds every tensor in what a pickle holds, under the path that leads to it: keys of dictionaries, places in lists and tuples, attributes
/// of objects, with dots between. A module's parameters, buffers and modules lie in its attributes <c>_parameters</c>, <c>_buffers</c> and
/// <c>_modules</c>, which are left out of the path, so that a whole module gives the names of its state dict.
/// </summary>
internal sealed class PickleWalk
{
    // Modules of modules of ... of training states: the deepest published has a dozen levels. Lists that hold themselves end here too.
    private const int Deepest = 64;

    // PyTorch's names of modules may be of any length; those of published models have 100 characters.
    private const int LongestName = 1_000;

    // Shared values are walked once for each way to them. A file's own number of ways is below its number of bytes.
    private const int FreeVisits = 10_000, FreeCharacters = 4 << 20;
    private readonly List<(string, PickledTensor)> _tensors = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly HashSet<object> _open = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<object> _barren = new(ReferenceEqualityComparer.Instance);
    private long _visits;
    private long _characters;

    private PickleWalk(PickleContent content)
    {
        _visits = FreeVisits + (2L * content.Length);
        _characters = FreeCharacters + (4L * content.Length);
    }

    /// <summary>The tensors, in the order in which the pickle has them, each name once.</summary>
    /// <exception cref="FormatException">Values are shared in more ways than a checkpoint's.</exception>
    public static IReadOnlyList<(string Name, PickledTensor Tensor)> Tensors(PickleContent content)
    {
        var walk = new PickleWalk(content);
        walk.Visit("", content.Value, 0);
        return walk._tensors;
    }

    /// <summary>Whether there are tensors in a value; one without is not entered again.</summary>
    private bool Visit(string path, object? value, int depth)
    {
        if (value is PickledTensor tensor)
            return Add(path, tensor);
        if (value is not (PickleDictionary or List<object?> or PickleTuple or PickleObject) || depth > Deepest || _barren.Contains(value))
            return false;
        if (!_open.Add(value))
            return false;
        bool found = value switch
        {
            PickleDictionary dictionary => Entries(path, dictionary, depth),
            List<object?> list => Elements(path, list, depth),
            PickleTuple tuple => Elements(path, tuple.Items, depth),
            PickleObject made => Object(path, made, depth),
            _ => false,
        };
        _open.Remove(value);
        if (!found && depth < Deepest)
            _barren.Add(value);
        return found;
    }

    private bool Object(string path, PickleObject made, int depth)
    {
        if (made.Attribute("_modules") is { } modules && made.Attribute("_parameters") is { } parameters)
        {
            bool any = Visit(path, parameters, depth + 1);
            any |= Buffers(path, made, depth);
            return Visit(path, modules, depth + 1) || any;
        }
        bool found = false;
        // A class made from one dictionary (Counter, a mapping of somebody's own) is that dictionary.
        if (made.Arguments is [PickleDictionary or PickleObject])
            found = Visit(path, made.Arguments[0], depth + 1);
        else
            found = Elements(path, made.Arguments, depth);
        if (made.Elements is { } elements)
            found |= Elements(path, elements, depth);
        if (made.Items is { } items)
            found |= Visit(path, items, depth + 1);
        return Visit(path, made.State is PickleTuple { Items: [null, var slots] } ? slots : made.State, depth + 1) || found;
    }

    // As in a state dict: without the buffers that a module says are not to be saved.
    private bool Buffers(string path, PickleObject module, int depth)
    {
        if (Dictionary(module.Attribute("_buffers")) is not { } buffers)
            return false;
        HashSet<object?> left = module.Attribute("_non_persistent_buffers_set") switch
        {
            PickleObject { Arguments: [List<object?> names] } => [.. names.Where(name => name is string)],
            PickleObject { Elements: { } names } => [.. names.Where(name => name is string)],
            _ => [],
        };
        bool found = false;
        foreach (var (key, value) in buffers.Items)
            if (MayHold(value) && !left.Contains(key))
                found |= Enter(path, Key(key), value, depth);
        return found;
    }

    private static PickleDictionary? Dictionary(object? value) => value as PickleDictionary ?? (value as PickleObject)?.Items;

    private bool Entries(string path, PickleDictionary dictionary, int depth)
    {
        bool found = false;
        foreach (var (key, value) in dictionary.Items)
            if (MayHold(value))
                found |= Enter(path, Key(key), value, depth);
        return found;
    }

    private bool Elements(string path, IReadOnlyList<object?> values, int depth)
    {
        bool found = false;
        for (int i = 0; i < values.Count; i++)
            if (MayHold(values[i]))
                found |= Enter(path, i.ToString(CultureInfo.InvariantCulture), values[i], depth);
        return found;
    }

    private static bool MayHold(object? value) =>
        value is PickledTensor or PickleDictionary or List<object?> or PickleTuple or PickleObject;

    private bool Enter(string path, string key, object? value, int depth)
    {
        if (--_visits < 0)
            throw new FormatException("its values hold one another in too many ways");
        int length = path.Length + key.Length + 1;
        if (length > LongestName)
            return false;
        if ((_characters -= length) < 0)
            throw new FormatException("the names of its tensors are too long together");
        return Visit(path.Length == 0 ? key : $"{path}.{key}", value, depth + 1);
    }

    private static string Key(object? key) => key switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        PickleTuple { Items: [string or long, ..] and var parts } when parts.All(part => part is string or long) =>
            string.Join('.', parts.Take(8)),
        _ => "?",
    };

    // A name that is taken, since keys may have dots in them, gets a number.
    private bool Add(string name, PickledTensor tensor)
    {
        int taken = _names.GetValueOrDefault(name);
        string free = name;
        while (!_names.TryAdd(free, 1))
            free = string.Create(CultureInfo.InvariantCulture, $"{name}#{++taken}");
        _names[name] = Math.Max(taken, 1);
        _tensors.Add((free, tensor));
        return true;
    }
}
