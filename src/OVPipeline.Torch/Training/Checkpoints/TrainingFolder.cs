using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>
/// The checkpoints of a run: folders <c>checkpoints/step-000001200</c> of model.safetensors, config.json, tokenizer.model,
/// optimizer.safetensors and state.json. Each is written beside its place and renamed, so that one of that name is whole; a digest of every
/// file tells a damaged one.
/// </summary>
public sealed class TrainingFolder
{
    private const string StateFile = "state.json", OptimizerFile = "optimizer.safetensors", Part = ".part-";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, RespectNullableAnnotations = true };

    /// <summary>A run's folder; it need not exist.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="keep">How many of the last checkpoints are kept.</param>
    public TrainingFolder(string path, int keep = 3)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        Path = System.IO.Path.GetFullPath(path);
        Keep = keep;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>How many of the last checkpoints are kept.</summary>
    public int Keep { get; }

    /// <summary>Told of each file as it is written: where tests make a disk full.</summary>
    internal Action<string>? Written { get; init; }

    private string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>The folders of checkpoints, newest first.</summary>
    public IReadOnlyList<string> Folders => Directory.Exists(Checkpoints)
        ? [.. Directory.GetDirectories(Checkpoints, "step-*").OrderDescending(StringComparer.Ordinal)]
        : [];

    /// <summary>Loads the newest checkpoint that is whole.</summary>
    /// <param name="skipped">Told of every newer one that is not, in a sentence.</param>
    /// <exception cref="CheckpointException">There is none.</exception>
    public TrainingCheckpoint LoadLast(IProgress<string>? skipped = null)
    {
        Exception? last = null;
        foreach (string folder in Folders)
        {
            try
            {
                return Load(folder);
            }
            catch (Exception e) when (e is
                IOException or UnauthorizedAccessException or JsonException or ArgumentException or InvalidOperationException)
            {
                last = e;
                skipped?.Report($"The checkpoint {folder} is broken ({e.Message.TrimEnd('.')}); trying the one before.");
            }
        }
        string reason = last is null
            ? "holds no checkpoint to resume from."
            : $"none of its {Folders.Count} checkpoints is whole: {last.Message}";
        throw new CheckpointException(Path, null, reason, last);
    }

    /// <summary>Saves a checkpoint and takes away the oldest beyond <see cref="Keep"/>.</summary>
    /// <exception cref="CheckpointException">It cannot be written; the earlier ones are left as they are.</exception>
    internal string Save(Transformer model, AdamW optimizer, TrainingState state, string? tokenizer)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"step-{state.Step:d9}");
        string target = System.IO.Path.Combine(Checkpoints, name);
        string part = System.IO.Path.Combine(Checkpoints, $"{Part}{name}");
        try
        {
            Clear(part);
            Directory.CreateDirectory(part);
            WriteModel(model, tokenizer, part);
            SafetensorsWriter.Write(System.IO.Path.Combine(part, OptimizerFile), [.. Moments(optimizer)]);
            Written?.Invoke(OptimizerFile);
            // state.json comes last: it holds the digests of all other files.
            var digests = Directory.GetFiles(part).ToDictionary(file => System.IO.Path.GetFileName(file), Digest);
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(state with { Files = digests }, Json);
            WriteFlushed(System.IO.Path.Combine(part, StateFile), json);
            Clear(target);
            Directory.Move(part, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryClear(part);
            string kept = Folders is [var newest, ..] ? $"the last whole one is {newest}" : "there is no earlier one";
            string reason = $"the checkpoint of step {state.Step} could not be written: {e.Message.TrimEnd('.')}; {kept}.";
            throw new CheckpointException(target, null, reason, e);
        }
        foreach (string old in Folders.Skip(Keep))
            TryClear(old);
        return target;
    }

    /// <summary>Saves a model's weights alone, to a folder of the run that is kept.</summary>
    /// <exception cref="CheckpointException">It cannot be written.</exception>
    internal string SaveModel(Transformer model, string? tokenizer, string name)
    {
        string target = System.IO.Path.Combine(Path, name);
        string part = System.IO.Path.Combine(Path, Part + System.IO.Path.GetFileName(name));
        try
        {
            Clear(part);
            Directory.CreateDirectory(part);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            WriteModel(model, tokenizer, part);
            Clear(target);
            Directory.Move(part, target);
            return target;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryClear(part);
            throw new CheckpointException(target, null, $"the model could not be written: {e.Message}", e);
        }
    }

    /// <summary>Makes the folder, and takes away what a killed run left half written.</summary>
    internal void Prepare()
    {
        AtomicFile.RequireWritable(Path);
        foreach (string folder in new[] { Path, Checkpoints }.Where(Directory.Exists))
            foreach (string part in Directory.GetDirectories(folder, Part + "*"))
                TryClear(part);
    }

    private void WriteModel(Transformer model, string? tokenizer, string folder)
    {
        model.Save(folder);
        Written?.Invoke("model.safetensors");
        if (tokenizer is not null)
            File.Copy(tokenizer, System.IO.Path.Combine(folder, "tokenizer.model"), overwrite: true);
    }

    private static TrainingCheckpoint Load(string folder)
    {
        var state = JsonSerializer.Deserialize<TrainingState>(RegularFile.ReadAllBytes(System.IO.Path.Combine(folder, StateFile)), Json)
            ?? throw new CheckpointException(System.IO.Path.Combine(folder, StateFile), null, "is empty.");
        foreach (var (file, digest) in state.Files)
            if (Digest(System.IO.Path.Combine(folder, file)) != digest)
                throw new CheckpointException(System.IO.Path.Combine(folder, file), null, "is not what was written: its digest differs.");
        var tensors = CheckpointTensors.Open(System.IO.Path.Combine(folder, OptimizerFile));
        var moments = tensors.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensors.Read(tensor.Name));
        return new(folder, Transformer.Load(folder), state, moments);
    }

    private static IEnumerable<SafetensorsTensor> Moments(AdamW optimizer)
    {
        foreach (var parameter in optimizer.Parameters)
        {
            yield return new(TrainingCheckpoint.MeanName(parameter.Name), parameter.Value.shape, parameter.Mean);
            yield return new(TrainingCheckpoint.SquareName(parameter.Name), parameter.Value.shape, parameter.Square);
        }
    }

    private static string Digest(string file)
    {
        using var stream = RegularFile.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void WriteFlushed(string file, byte[] content)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    private static void Clear(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static void TryClear(string folder)
    {
        try
        {
            Clear(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left of it takes room, and is never taken for a whole checkpoint.
        }
    }
}
