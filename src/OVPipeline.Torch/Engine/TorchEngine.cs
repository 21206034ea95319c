using System.Runtime.InteropServices;
using Microsoft.ML;
using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Exact scoring on a Torch device. Logits are computed there in single precision, a tile at a time. What lies within a rigorous bound on
/// their rounding errors is decided in double precision on the device, and what lies within the bound of that by the
/// <see cref="CpuEngine"/>: ranks, top tokens and their scores are the CPU engine's. Thread-safe; one scoring at a time is on the device.
/// </summary>
/// <remarks>
/// TF32 is switched off for all of libtorch before every scoring. Every label's logit, and every top token's, is compared with its
/// value in double precision; a device that computes with less than single precision is found out by that, and the scoring fails.
/// </remarks>
public sealed class TorchEngine : IFittingEngine, IDisposable
{
    /// <summary>The memory budget where none is given: 1 GiB.</summary>
    public const long DefaultMemoryBudget = 1L << 30;

    private const long LeastMemoryBudget = 1 << 20;
    private const int MostBlockRows = 4096;

    // The processor works on tiles that fit its caches; a GPU needs large ones to be busy.
    private const int CpuBlockRows = 256;
    private const long CpuTileCells = 1 << 20; // 4 MiB of logits
    private const long GpuTileCells = 1 << 26; // 256 MiB

    private readonly torch.Device _device;
    private readonly CpuEngine _cpu;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly WeakReference<OutputColumns> _of = new(null!); // what _columns were made of
    private DeviceColumns? _columns;
    private bool _isDisposed;
    private long _redoneRows;

    /// <summary>Opens a device.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</param>
    /// <param name="memoryBudget">
    /// Most bytes to take on the device at a time, at least 1 MiB: the circuit's columns, tiles and all else.
    /// </param>
    /// <param name="cpuEngine">What decides the rows that the device leaves open; <see cref="CpuEngine.Shared"/> where null.</param>
    /// <exception cref="ArgumentException">There is no such kind of device, or the budget is below 1 MiB.</exception>
    /// <exception cref="TorchUnavailableException">libtorch is not there, or the device is not.</exception>
    public TorchEngine(string device, long memoryBudget = DefaultMemoryBudget, CpuEngine? cpuEngine = null)
    {
        if (memoryBudget < LeastMemoryBudget)
            throw new ArgumentOutOfRangeException(
                nameof(memoryBudget),
                memoryBudget,
                $"The memory budget must be at least {LeastMemoryBudget} bytes, was {memoryBudget}.");
        _device = TorchDevices.Open(device);
        Memory = new(memoryBudget);
        _cpu = cpuEngine ?? CpuEngine.Shared;
    }

    /// <summary>
    /// The engine that an ML.NET context asks for, by the settings that Microsoft.ML.TorchSharp goes by: the CUDA device
    /// <see cref="MLContext.GpuDeviceId"/>, or <see cref="CpuEngine.Shared"/> where that is null, or where the device is not there and
    /// <see cref="MLContext.FallbackToCpu"/> allows it (<see cref="MLContext.Log"/> is told).
    /// </summary>
    /// <param name="ml">The context; false is its own default for falling back.</param>
    /// <param name="memoryBudget">Most bytes to take on the device at a time, at least 1 MiB.</param>
    /// <returns>What scores; a <see cref="TorchEngine"/> also fits, and is the caller's to dispose.</returns>
    /// <exception cref="ArgumentException">The number is below 0, or the budget below 1 MiB.</exception>
    /// <exception cref="TorchUnavailableException">The device is not there, and falling back is not allowed.</exception>
    public static IScoringEngine FromContext(MLContext ml, long memoryBudget = DefaultMemoryBudget)
    {
        ArgumentNullException.ThrowIfNull(ml);
        return ContextEngine.Of(ml, device => new TorchEngine(device, memoryBudget));
    }

    /// <summary>Rows that were left to the CPU engine, over all scorings so far.</summary>
    public long RedoneRows => Interlocked.Read(ref _redoneRows);

    /// <summary>The most bytes that were held on the device at a time so far.</summary>
    public long PeakMemory => Memory.Peak;

    /// <inheritdoc/>
    public int PreferredRows => MostBlockRows;

    internal DeviceMemory Memory { get; }

    internal torch.Device Device => _device;

    /// <summary>Logits of a tile that is worth its passes.</summary>
    internal long MostCells => IsCpu ? CpuTileCells : GpuTileCells;

    private bool IsCpu => _device.type == DeviceType.CPU;

    /// <inheritdoc/>
    public ISoftmaxLoss CreateLoss() => new TorchSoftmaxLoss(this);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// The device has too little free memory, the budget is too small for a circuit of this rank, or the device does not compute in
    /// single precision.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
        CancellationToken cancellationToken = default)
    {
        ScoringArguments.Require(columns, rows.Span, labels.Span, scores);
        scores.RecheckedRows = 0;
        scores.ComputedShare = 1;
        int count = rows.Length / columns.Rank;
        if (count == 0)
            return;
        int[] leftOpen = OnDevice(() => Score(columns, rows.Span, labels.Span, count, scores, cancellationToken), cancellationToken);
        Redo(columns, rows.Span, labels.Span, leftOpen, scores, cancellationToken);
    }

    /// <summary>Gives back what is held on the device.</summary>
    public void Dispose()
    {
        Release(() =>
        {
            _columns?.Dispose();
            _columns = null;
            _isDisposed = true;
        });
    }

    /// <summary>Has the device to itself for a piece of work.</summary>
    internal T OnDevice<T>(Func<T> work, CancellationToken cancellationToken)
    {
        _gate.Wait(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            torch.backends.cuda.matmul.allow_tf32 = false;
            using var noGradients = torch.no_grad();
            using var frame = Memory.Begin();
            return work();
        }
        catch (ExternalException e) when (DeviceFailure.IsOutOfMemory(e.Message))
        {
            throw DeviceFailure.OutOfMemory(_device.ToString(), Memory.Budget, e);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Gives back what a piece of work has kept on the device.</summary>
    internal void Release(Action release)
    {
        _gate.Wait();
        try
        {
            release();
        }
        finally
        {
            _gate.Release();
        }
    }

    private int[] Score(OutputColumns output, ReadOnlySpan<float> rows, ReadOnlySpan<int> labels, int count, ScoredRows scores,
        CancellationToken cancellationToken)
    {
        // A fit may have its embeddings on the device.
        long budget = Memory.Budget - (Memory.Kept - (_columns?.Bytes ?? 0));
        int followed = BlockScoring.Candidates(scores.Options, output.Vocabulary);
        int blockRows = IsCpu ? CpuBlockRows : MostBlockRows;
        var plan = TilePlan.For(budget, output.Vocabulary, output.Rank, followed, Math.Min(count, blockRows), MostCells);
        var columns = ColumnsOf(output, plan.IsResident);
        var limits = new RowLimits[count];
        for (int i = 0; i < count; i++)
            limits[i] = RowLimits.Of(rows.Slice(i * output.Rank, output.Rank), columns, scores.Options);
        List<int> leftOpen = [.. Enumerable.Range(0, count).Where(i => !limits[i].IsForDevice)];
        int[] onDevice = [.. Enumerable.Range(0, count).Where(i => limits[i].IsForDevice)];
        var scoring = new BlockScoring(columns, plan, scores, Memory, _device, cancellationToken);
        foreach (int[] block in onDevice.Chunk(plan.Rows))
        {
            int[] blockLabels = labels.IsEmpty ? [] : Gather(labels, block, 1);
            var decisions = scoring.Score(Gather(rows, block, output.Rank), blockLabels, [.. block.Select(i => limits[i])], block);
            leftOpen.AddRange(block.Where((_, i) => decisions[i] == RowDecision.LeftOpen));
            scores.RecheckedRows += decisions.Count(decision => decision == RowDecision.InDouble);
        }
        return [.. leftOpen];
    }

    // The last columns stay: a pipeline scores one circuit in many blocks.
    private DeviceColumns ColumnsOf(OutputColumns columns, bool isResident)
    {
        if (_columns is { } kept && _of.TryGetTarget(out var of) && ReferenceEquals(of, columns) && kept.IsResident == isResident)
            return kept;
        _columns?.Dispose();
        _columns = null;
        _of.SetTarget(columns);
        return _columns = new(columns, Memory, _device, isResident);
    }

    private void Redo(OutputColumns columns, ReadOnlySpan<float> rows, ReadOnlySpan<int> labels, int[] chosen, ScoredRows scores,
        CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _redoneRows, chosen.Length);
        foreach (int[] part in chosen.Chunk(_cpu.PreferredRows))
        {
            var redone = new ScoredRows(scores.Options, part.Length, scores.Vocabulary);
            int[] partLabels = labels.IsEmpty ? [] : Gather(labels, part, 1);
            _cpu.Score(columns, Gather(rows, part, columns.Rank), partLabels, redone, cancellationToken);
            for (int i = 0; i < part.Length; i++)
                scores.CopyRow(redone, i, part[i]);
            scores.RecheckedRows += part.Length;
        }
    }

    private static T[] Gather<T>(ReadOnlySpan<T> values, int[] chosen, int width)
    {
        var gathered = new T[chosen.Length * width];
        for (int i = 0; i < chosen.Length; i++)
            values.Slice(chosen[i] * width, width).CopyTo(gathered.AsSpan(i * width));
        return gathered;
    }
}
