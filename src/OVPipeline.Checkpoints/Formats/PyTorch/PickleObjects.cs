namespace OVPipeline.Checkpoints;

/// <summary>The objects of a state dict's pickle: what its instructions may build. Misuse is a <see cref="FormatException"/>.</summary>
internal static class PickleObjects
{
    // As in safetensors; PyTorch itself allows 64.
    private const int MostDimensions = 32;

    /// <summary>What a function of <see cref="PickleGlobal"/> gives for arguments.</summary>
    public static object Call(object? function, object? arguments)
    {
        if (function is not PickleGlobal global || arguments is not PickleTuple { Items: var items })
            throw new FormatException("something that is no function is called");
        switch (global.Kind)
        {
            case PickleGlobalKind.OrderedDict when items is [] or [List<object?>]:
                return OrderedDict(items);
            // Behind these stand requires_grad, backward hooks and, of late, metadata: none bears on the elements.
            case PickleGlobalKind.RebuildTensor
                when items is [PickledStorage storage, long offset, PickleTuple size, PickleTuple stride, ..]:
                return Tensor(storage, offset, Numbers(size), Numbers(stride));
            case PickleGlobalKind.RebuildParameter when items is [PickledTensor tensor, ..]:
                return tensor;
            case PickleGlobalKind.Size when items is [PickleTuple size]:
                return size;
            default:
                throw new FormatException($"{global.Name} is called with other arguments than PyTorch writes");
        }
    }

    /// <summary>The storage that a persistent id stands for: <c>('storage', type, key, location, number of elements)</c>.</summary>
    public static PickledStorage Storage(object? id) =>
        id is PickleTuple { Items: ["storage", PickleGlobal { Kind: PickleGlobalKind.Storage } type, string key, string, long length] }
            && length >= 0
            ? new(type.Type, key, length)
            : throw new FormatException("a persistent id is no storage");

    /// <summary>Adds to a list.</summary>
    public static void Append(object? list, ReadOnlySpan<object?> items)
    {
        if (list is not List<object?> values)
            throw new FormatException("something is appended to what is no list");
        values.AddRange(items);
    }

    /// <summary>Adds keys and values, in turn, to a dictionary.</summary>
    public static void SetItems(object? dictionary, ReadOnlySpan<object?> pairs)
    {
        if (dictionary is not PickleDictionary { Items: var items } || pairs.Length % 2 != 0)
            throw new FormatException("items are set in what is no dictionary, or a key has no value");
        for (int i = 0; i < pairs.Length; i += 2)
            items.Add((pairs[i], pairs[i + 1]));
    }

    private static PickleDictionary OrderedDict(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments is [List<object?> pairs])
            foreach (object? pair in pairs)
                dictionary.Items.Add(pair switch
                {
                    PickleTuple { Items: [var key, var value] } => (key, value),
                    List<object?> and [var key, var value] => (key, value),
                    _ => throw new FormatException("an ordered dictionary is made of something other than pairs"),
                });
        return dictionary;
    }

    private static PickledTensor Tensor(PickledStorage storage, long offset, long[] shape, long[] strides)
    {
        if (shape.Length != strides.Length || shape.Length > MostDimensions)
            throw new FormatException($"a tensor has {shape.Length} sizes and {strides.Length} strides");
        bool negative = offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0);
        if (negative || Passes(storage, offset, shape, strides))
        {
            string sizes = $"shape [{string.Join(", ", shape)}], strides [{string.Join(", ", strides)}] and offset {offset}";
            throw new FormatException($"a tensor of {sizes} passes its storage of {storage.Length} elements");
        }
        return new(storage, offset, shape, strides);
    }

    // The last element lies at offset + sum (size - 1) stride. Looked at after each term, none of which is above 2^126, the sum cannot
    // overflow; looked at in the end, four terms of a hostile file could.
    private static bool Passes(PickledStorage storage, long offset, long[] shape, long[] strides)
    {
        if (shape.Contains(0))
            return offset > storage.Length;
        Int128 last = offset;
        for (int i = 0; i < shape.Length && last < storage.Length; i++)
            last += (Int128)(shape[i] - 1) * strides[i];
        return last >= storage.Length;
    }

    private static long[] Numbers(PickleTuple tuple) =>
        [.. tuple.Items.Select(item => item is long number ? number : throw new FormatException("a size or stride is no whole number"))];
}

/// <summary>A Python dictionary: pairs in order, with keys of any kind that are never hashed or compared.</summary>
internal sealed class PickleDictionary
{
    /// <summary>Keys and values, in the order in which the pickle sets them.</summary>
    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(object?[] Items)
{
    /// <summary>The tuple of nothing.</summary>
    public static PickleTuple Empty { get; } = new([]);
}

/// <summary>A storage that a pickle refers to: the archive's entry <c>data/{Key}</c>, of a number of elements.</summary>
internal sealed record PickledStorage(ElementType Type, string Key, long Length);

/// <summary>A tensor that a pickle describes: every element is known to lie in the storage. Offset and strides count elements.</summary>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides);
