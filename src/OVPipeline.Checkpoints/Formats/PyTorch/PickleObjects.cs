namespace OVPipeline.Checkpoints;

/// <summary>
/// What the instructions of a pickle make: dictionaries, lists and tensors; all else stays data, a <see cref="PickleObject"/>. Misuse is a
/// <see cref="FormatException"/>.
/// </summary>
internal static class PickleObjects
{
    // As in safetensors; PyTorch itself allows 64.
    private const int MostDimensions = 32;

    /// <summary>What a function or class gives for arguments.</summary>
    public static object Call(object? function, object? arguments)
    {
        object?[] items = arguments is PickleTuple tuple ? tuple.Items : [arguments];
        if (function is not PickleGlobal global)
            return new PickleObject(function is PickleObject called ? called.Name : "something that is no function", items);
        switch (global.Kind)
        {
            case PickleGlobalKind.OrderedDict when items is [] or [List<object?>]:
                return OrderedDict(items);
            // Behind these stand requires_grad, backward hooks and, of late, metadata: none bears on the elements.
            case PickleGlobalKind.RebuildTensor
                when items is [PickledStorage storage, long offset, PickleTuple size, PickleTuple stride, ..]:
                return Tensor(storage, offset, Numbers(size), Numbers(stride), storage.Type);
            case PickleGlobalKind.RebuildTypedTensor
                when items is [PickledStorage storage, long offset, PickleTuple size, PickleTuple stride, _, _, PickleGlobal dtype, ..]:
                return Tensor(Typed(storage, dtype), offset, Numbers(size), Numbers(stride), dtype);
            case PickleGlobalKind.RebuildParameter when items is [PickledTensor tensor, ..]:
                return tensor;
            // A subclass of a subclass is none that PyTorch writes; without the condition a file could nest them without end.
            case PickleGlobalKind.RebuildSubclass
                when items is [PickleGlobal { Kind: not PickleGlobalKind.RebuildSubclass } rebuild, _, PickleTuple inner, ..]:
                return Call(rebuild, inner) as PickledTensor ?? (object)Opaque(global, items);
            case PickleGlobalKind.RebuildQuantised when items is [PickledStorage storage, _, PickleTuple size, ..]:
                return Unreadable(Numbers(size), $"its elements are quantised by PyTorch ({Short(storage.Type.Name)})");
            case PickleGlobalKind.RebuildTensor when items is [PickleObject, _, PickleTuple size, ..]:
                return Unreadable(Numbers(size),
                    "its elements are inside a pickle that torch.save did not write; save it again with torch.save");
            case PickleGlobalKind.RebuildOther:
                return Unreadable(Shape(items), Reason(global.Name));
            case PickleGlobalKind.Size when items is [PickleTuple size]:
                return size;
            case PickleGlobalKind.RebuildTensor or PickleGlobalKind.RebuildTypedTensor or PickleGlobalKind.Size:
                throw new FormatException($"{global.Name} is called with other arguments than PyTorch writes");
            default:
                return Opaque(global, items);
        }
    }

    /// <summary>
    /// What a persistent id stands for: a storage, <c>('storage', type, key, location, number of elements)</c>, before PyTorch 1.6 with the
    /// larger one that it is a part of, <c>(key, offset, number of elements)</c>, or nothing; any other id stays data.
    /// </summary>
    public static object Persistent(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, _, long length, ..] items } || length < 0)
            return new PickleObject("a persistent id", [id]);
        if (type.Kind is not (PickleGlobalKind.Storage or PickleGlobalKind.UntypedStorage))
            type = type with { Kind = PickleGlobalKind.Storage };
        if (items.Length == 5 || items[5] is null)
            return new PickledStorage(type, key, length);
        return items[5] is PickleTuple { Items: [_, long start, long size] } && start >= 0 && size >= 0 && start <= length - size
            ? new PickledStorage(type, key, size, start)
            : throw new FormatException("a storage is no part of the one it names");
    }

    /// <summary>Adds to a list or set.</summary>
    public static void Append(object? list, ReadOnlySpan<object?> items)
    {
        if (list is PickleObject made)
            made.Add(items);
        else if (list is List<object?> values)
            values.AddRange(items);
        else
            throw new FormatException("something is appended to what is no list");
    }

    /// <summary>Adds keys and values, in turn, to a dictionary.</summary>
    public static void SetItems(object? dictionary, ReadOnlySpan<object?> pairs)
    {
        var items = (dictionary as PickleObject)?.AsDictionary() ?? dictionary as PickleDictionary;
        if (items is null || pairs.Length % 2 != 0)
            throw new FormatException("items are set in what is no dictionary, or a key has no value");
        for (int i = 0; i < pairs.Length; i += 2)
            items.Items.Add((pairs[i], pairs[i + 1]));
    }

    /// <summary>Gives an object its state; dictionaries, lists and tensors have attributes that bear on nothing.</summary>
    public static void Build(object? value, object? state)
    {
        if (value is PickleObject made)
            made.State = state;
        else if (value is not (PickleDictionary or List<object?> or PickleTuple or PickledTensor or PickledStorage or PickleGlobal))
            throw new FormatException("a state is given to something that can have none");
    }

    private static PickleObject Opaque(PickleGlobal global, object?[] items) => new(global.Name, items);

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

    private static PickledStorage Typed(PickledStorage storage, PickleGlobal dtype) =>
        storage.Type.Kind == PickleGlobalKind.UntypedStorage && dtype.Type != ElementType.Other
            ? storage with { Type = dtype, Length = storage.Length / dtype.Type.Size() }
            : storage;

    private static PickledTensor Tensor(PickledStorage storage, long offset, long[] shape, long[] strides, PickleGlobal type)
    {
        if (shape.Length != strides.Length || shape.Length > MostDimensions)
            throw new FormatException($"a tensor has {shape.Length} sizes and {strides.Length} strides");
        if (type.Type == ElementType.Other)
            return Unreadable(shape, $"elements of {Short(type.Name)} are not read");
        bool negative = offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0);
        if (negative || Passes(storage, offset, shape, strides))
        {
            string sizes = $"shape [{string.Join(", ", shape)}], strides [{string.Join(", ", strides)}] and offset {offset}";
            throw new FormatException($"a tensor of {sizes} passes its storage of {storage.Length} elements");
        }
        return new(storage, type.Type, offset, shape, strides);
    }

    private static PickledTensor Unreadable(long[] shape, string why) =>
        new(null, ElementType.Other, 0, shape.Length <= MostDimensions && !shape.Any(size => size < 0) ? shape : [], [])
        {
            Unreadable = $"{why}.",
        };

    // Where the arguments of the tensors that are no views say a shape: the first tuple of numbers among them, looked for once inside.
    private static long[] Shape(object?[] items)
    {
        foreach (object? item in items)
            if (item is PickleTuple tuple)
                foreach (object? part in (ReadOnlySpan<object?>)[tuple, .. tuple.Items])
                    if (part is PickleTuple { Items: [long, ..] sizes } && sizes.All(size => size is long))
                        return [.. sizes.Cast<long>()];
        return [];
    }

    private static string Reason(string name) => name switch
    {
        _ when name.Contains("sparse", StringComparison.Ordinal) => "it is a sparse tensor, and only dense ones are read",
        _ when name.Contains("nested", StringComparison.Ordinal) => "it is a nested tensor, and only plain ones are read",
        _ when name.Contains("meta", StringComparison.Ordinal) => "it is a tensor without elements (of the meta device)",
        _ => $"it is made by {name}, which is not read",
    };

    private static string Short(string name) => name[(name.LastIndexOf('.') + 1)..];

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
