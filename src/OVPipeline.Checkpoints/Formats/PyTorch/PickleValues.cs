namespace OVPipeline.Checkpoints;

/// <summary>What a pickle holds.</summary>
/// <param name="Value">The object: numbers, texts, and the types beside this one.</param>
/// <param name="Length">Bytes that it takes.</param>
/// <param name="Unbuilt">The names of what it would have Python call or construct, which stay data here, each once.</param>
/// <param name="Storages">The types of the storages that it refers to, by their keys.</param>
internal sealed record PickleContent(object? Value, int Length, IReadOnlyList<string> Unbuilt,
    IReadOnlyDictionary<string, PickleGlobal> Storages);

/// <summary>A Python dictionary: pairs in order, with keys of any kind that are never hashed or compared.</summary>
internal sealed class PickleDictionary
{
    /// <summary>Keys and values, in the order in which the pickle sets them.</summary>
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>The last value under a text, as Python has it; null where there is none.</summary>
    public object? Find(string key) => Items.FindLast(item => item.Key is string text && text == key).Value;
}

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(object?[] Items)
{
    /// <summary>The tuple of nothing.</summary>
    public static PickleTuple Empty { get; } = new([]);
}

/// <summary>Bytes, or a text that is too long to be a name or a setting: how many, and the first of them.</summary>
internal sealed record PickleBytes(byte[] First, long Length);

/// <summary>
/// A Python object that no weight needs, as data: what a pickle would have Python call or construct, with which arguments, and what it
/// would then do to it. Nothing of it is resolved, imported or run.
/// </summary>
/// <param name="name">Module and name of a function or class, or what stands in its place.</param>
/// <param name="arguments">What it is given.</param>
internal sealed class PickleObject(string name, object?[] arguments)
{
    private List<object?>? _elements;
    private PickleDictionary? _items;

    /// <summary>Module and name.</summary>
    public string Name { get; } = name;

    /// <summary>What the function or class is given.</summary>
    public object?[] Arguments { get; } = arguments;

    /// <summary>The object's state, mostly a dictionary of its attributes; null for none.</summary>
    public object? State { get; set; }

    /// <summary>What is added to it as to a list or set; null for nothing.</summary>
    public IReadOnlyList<object?>? Elements => _elements;

    /// <summary>What is set in it as in a dictionary; null for nothing.</summary>
    public PickleDictionary? Items => _items;

    /// <summary>Adds as to a list or set.</summary>
    public void Add(ReadOnlySpan<object?> elements) => (_elements ??= []).AddRange(elements);

    /// <summary>Its items as a dictionary's.</summary>
    public PickleDictionary AsDictionary() => _items ??= new();

    /// <summary>An attribute, of the state or of the second part of it, where an object has slots; null where there is none.</summary>
    public object? Attribute(string attribute) => State switch
    {
        PickleDictionary state => state.Find(attribute),
        PickleTuple { Items: [var state, PickleDictionary slots] } =>
            slots.Find(attribute) ?? (state as PickleDictionary)?.Find(attribute),
        _ => null,
    };
}

/// <summary>A storage that a pickle refers to: the archive's entry <c>data/{Key}</c>, of a number of elements.</summary>
/// <param name="Type">Its elements' type and size; what it stands for says why where they cannot be read.</param>
/// <param name="Key">Its name in the archive.</param>
/// <param name="Length">Its elements; bytes of an untyped one.</param>
/// <param name="Start">Elements of a larger storage before it, in the format before PyTorch 1.6.</param>
internal sealed record PickledStorage(PickleGlobal Type, string Key, long Length, long Start = 0);

/// <summary>
/// A tensor that a pickle describes: every element is known to lie in the storage. Offset and strides count elements. One without a storage
/// cannot be read, and says why.
/// </summary>
internal sealed record PickledTensor(PickledStorage? Storage, ElementType Type, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Why its elements cannot be read, a sentence; null where they can.</summary>
    public string? Unreadable { get; init; }
}
