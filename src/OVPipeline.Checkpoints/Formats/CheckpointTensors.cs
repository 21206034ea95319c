namespace OVPipeline.Checkpoints;

/// <summary>
/// The tensors of a checkpoint, by name. Opening reads headers only; elements are read when they are asked for. Thread-safe.
/// </summary>
public sealed class CheckpointTensors
{
    private const int MostNamed = 8;
    private readonly Dictionary<string, StoredTensor> _tensors;

    /// <param name="path">The file or index.</param>
    /// <param name="file">What it holds.</param>
    /// <param name="wrapper">What was left off the tensors' names, for messages.</param>
    internal CheckpointTensors(string path, TensorFile file, string wrapper = "")
    {
        File = path;
        Wrapper = wrapper;
        Contents = file;
        var tensors = file.Tensors;
        _tensors = new(tensors.Count, StringComparer.Ordinal);
        foreach (var tensor in tensors)
            if (!_tensors.TryAdd(tensor.Info.Name, tensor))
                throw new CheckpointException(tensor.File.Path, tensor.Info.Name,
                    $"occurs twice; the other is in {_tensors[tensor.Info.Name].File.Path}.");
        Tensors = [.. tensors.Select(t => t.Info)];
    }

    /// <summary>The file or index that was opened.</summary>
    public string File { get; }

    /// <summary>What the format is called, such as <c>safetensors</c>; of several files, that of the first.</summary>
    public string Format => Contents.Format;

    /// <summary>What the checkpoint says of its tensors, in its order.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>What stands before the tensors' names in the file, with a dot at its end, or nothing.</summary>
    internal string Wrapper { get; }

    /// <summary>What the file or, of several, the first of them holds beside tensors.</summary>
    internal TensorFile Contents { get; }

    /// <summary>Opens a file of tensors.</summary>
    /// <param name="path">
    /// A safetensors, PyTorch, GGUF or ONNX file, whatever it is called, or the index of a checkpoint in several files (.index.json).
    /// </param>
    /// <exception cref="CheckpointException">The file does not exist or is not sound.</exception>
    public static CheckpointTensors Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = ReadOnlyFile.Open(path);
        var look = FirstLook.At(file);
        bool isIndex = look.Kind == FileKind.Json
            || (look.Kind == FileKind.Unknown && path.EndsWith(".json", StringComparison.OrdinalIgnoreCase));
        return new(path, isIndex ? ShardIndex.Open(path) : OpenFile(file, look));
    }

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>
    /// Why the elements of a tensor that is listed cannot be read, a sentence; null where they can, or there is no such tensor.
    /// </summary>
    public string? Unreadable(string name) => Find(name)?.Unreadable;

    /// <summary>Reads all elements of a tensor, last index fastest.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, its type is no float, or a value is not finite.</exception>
    public float[] Read(string name)
    {
        var tensor = Find(name) ?? throw Missing(name);
        if (tensor.Unreadable is { } reason)
            throw new CheckpointException(tensor.File.Path, name, reason);
        long length = tensor.Info.Length;
        if (length > Math.Min(Array.MaxLength, tensor.Info.Type.MostElements(tensor.File.Length)))
            throw new CheckpointException(tensor.File.Path, name,
                $"{length} elements do not fit memory as one array, or repeat elements of the file.");
        float[] values = new float[length];
        bool isScalar = tensor.Info.Shape.Count == 0;
        if (length > 0)
            Fill(isScalar ? tensor.View() with { Shape = [1], Strides = [1] } : tensor.View(), values);
        return values;
    }

    /// <exception cref="CheckpointException">The file does not exist, is no file of tensors, or is not sound.</exception>
    internal static TensorFile OpenFile(string path)
    {
        var file = ReadOnlyFile.Open(path);
        return OpenFile(file, FirstLook.At(file));
    }

    internal StoredTensor? Find(string name) => _tensors.GetValueOrDefault(name);

    internal CheckpointException Missing(string name)
    {
        string names = string.Join(", ", Tensors.Take(MostNamed).Select(tensor => tensor.Name));
        string more = Tensors.Count > MostNamed ? $" and {Tensors.Count - MostNamed} more" : "";
        return new(File, Wrapper + name, $"is missing; the checkpoint holds {names}{more}.");
    }

    // By what the file holds, whatever it is called.
    private static TensorFile OpenFile(ReadOnlyFile file, FileLook look)
    {
        string path = file.Path;
        return look.Kind switch
        {
            FileKind.Safetensors => SafetensorsReader.Open(file),
            FileKind.Gguf => GgufReader.Open(file),
            FileKind.Zip or FileKind.PyTorchLegacy or FileKind.Pickle => PyTorchReader.Open(file),
            FileKind.Onnx => OnnxReader.Open(file),
            // What is damaged where it begins is known by its name alone; the reader says what is wrong with it.
            FileKind.Unknown when Path.GetExtension(path) is ".pth" or ".pt" => PyTorchReader.Open(file),
            FileKind.Unknown when Path.GetExtension(path) is ".safetensors" => SafetensorsReader.Open(file),
            FileKind.Unknown when Path.GetExtension(path) is ".onnx" => OnnxReader.Open(file),
            _ => throw look.Refuse(path, "weights"),
        };
    }

    // Of more than two dimensions the outermost is taken apart, index by index, until matrices are left.
    private static void Fill(TensorView view, Span<float> values)
    {
        if (view.Shape.Count <= 2)
        {
            view.ToMatrix().Values.CopyTo(values);
            return;
        }
        int size = values.Length / (int)view.Shape[0];
        for (int i = 0; i < view.Shape[0]; i++)
            Fill(view.At(i), values.Slice(i * size, size));
    }
}
