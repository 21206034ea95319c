using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Benchmarks;

/// <summary>
/// The table of ReproduceClaim as a researcher writes it with libtorch: factors of each circuit, batches of rows, <c>topk</c> and
/// <c>cross_entropy</c>, a temperature and copiers by autograd. The same circuits by the same definitions.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="share">Share of the tokens that circuits are scored on, and of the steps that a fit takes.</param>
/// <param name="steps">Steps of a whole fit.</param>
/// <param name="cancellationToken">Checked between batches.</param>
internal sealed class TorchClaim(TransformerWeights model, double share, int steps, CancellationToken cancellationToken) : IDisposable
{
    private const int Batch = 100, FitBatch = 512, TemperatureRows = 2048, TemperatureSteps = 30, Splits = 3;
    private const double LearningRate = 3e-3, TestShare = 0.2;

    private readonly torch.Tensor _embedding = TorchTensors.Of(model.W_E), _unembedding = TorchTensors.Of(model.W_U);
    private readonly System.Diagnostics.Stopwatch _inProportion = new();

    /// <summary>Computes it.</summary>
    /// <returns>A row of figures for each circuit, and the seconds that grow with the share.</returns>
    public (IReadOnlyList<TorchClaimRow> Rows, double SecondsInProportion) Run()
    {
        using var scope = torch.NewDisposeScope();
        var config = model.Config;
        int rank = config.DValue;
        List<TorchClaimRow> table = [];
        HeadIndex[] best = [.. config.AllHeads.Select(head => new[] { head }).Concat(Pairs()).MaxBy(Top1)!];
        if (best.Length == 1)
            best = Pairs().MaxBy(Top1)!;
        foreach (var head in config.HeadsOf(best[0].Layer))
            table.Add(Figures($"head {head}", Circuit(head)));
        var pair = Circuit(best);
        table.Add(Figures($"heads {string.Join(" + ", best)}", pair));
        table.Add(Figures("truncated", Truncated(best, rank)));
        table.Add(Figures("all of the layer", Circuit([.. config.HeadsOf(best[0].Layer)])));
        table.Add(Figures("direct path", (_embedding, _unembedding)));
        long[] all = [.. Enumerable.Range(0, model.W_E.Rows).Select(token => (long)token)];
        foreach (int size in new[] { rank, config.CapacityMatchedRank() }.Distinct())
        {
            var copier = Fit(size, all);
            table.Add(Figures($"trained copier, rank {size}", copier));
            for (int split = 1; split <= Splits; split++)
            {
                new Random(split).Shuffle(all);
                int held = (int)(TestShare * all.Length);
                copier = Fit(size, all[held..]);
                table.Add(Figures($"on unseen tokens, rank {size}", copier, all[..held]));
            }
        }
        return (table, _inProportion.Elapsed.TotalSeconds);
    }

    public void Dispose()
    {
        _embedding.Dispose();
        _unembedding.Dispose();
    }

    private IEnumerable<HeadIndex[]> Pairs() =>
        from layer in Enumerable.Range(0, model.Config.Layers)
        from a in model.Config.HeadsOf(layer)
        from b in model.Config.HeadsOf(layer)
        where a.Head < b.Head
        select new[] { a, b };

    private (torch.Tensor H, torch.Tensor G) Circuit(params HeadIndex[] heads)
    {
        using var scope = torch.NewDisposeScope();
        var (values, outputs) = Factors(heads);
        return (_embedding.matmul(values).MoveToOuterDisposeScope(), outputs.matmul(_unembedding).MoveToOuterDisposeScope());
    }

    private (torch.Tensor A, torch.Tensor B) Factors(HeadIndex[] heads) => (
        torch.cat([.. heads.Select(head => TorchTensors.Of(model.W_V(head)))], 1),
        torch.cat([.. heads.Select(head => TorchTensors.Of(model.W_O(head)))], 0));

    private (torch.Tensor H, torch.Tensor G) Truncated(HeadIndex[] heads, int rank)
    {
        using var scope = torch.NewDisposeScope();
        var (values, outputs) = Factors(heads);
        var (u, s, v) = torch.linalg.svd(values.matmul(outputs), fullMatrices: false);
        var h = _embedding.matmul(u.narrow(1, 0, rank) * s.narrow(0, 0, rank));
        return (h.MoveToOuterDisposeScope(), v.narrow(0, 0, rank).matmul(_unembedding).MoveToOuterDisposeScope());
    }

    private double Top1(HeadIndex[] heads)
    {
        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var (h, g) = Circuit(heads);
        long hits = 0;
        _inProportion.Start();
        foreach (var labels in Batches(null))
        {
            using var inner = torch.NewDisposeScope();
            var tokens = torch.tensor(labels);
            hits += h.index_select(0, tokens).matmul(g).argmax(1).eq(tokens).sum().item<long>();
        }
        _inProportion.Stop();
        return (double)hits / PartOf(model.W_E.Rows);
    }

    private TorchClaimRow Figures(string name, (torch.Tensor H, torch.Tensor G) circuit, long[]? of = null)
    {
        using var noGradients = torch.no_grad();
        float beta = Temperature(circuit);
        double top1 = 0, top5 = 0, reciprocal = 0, loss = 0, calibrated = 0;
        int count = 0;
        _inProportion.Start();
        foreach (var labels in Batches(of))
        {
            using var scope = torch.NewDisposeScope();
            var tokens = torch.tensor(labels);
            var logits = circuit.H.index_select(0, tokens).matmul(circuit.G);
            var hits = logits.topk(5, 1).indexes.eq(tokens.unsqueeze(1));
            top1 += hits.select(1, 0).sum().item<long>();
            top5 += hits.sum().item<long>();
            var ranks = logits.gt(logits.gather(1, tokens.unsqueeze(1))).sum(1) + 1;
            reciprocal += ranks.to(torch.ScalarType.Float64).reciprocal().sum().item<double>();
            loss += labels.Length * torch.nn.functional.cross_entropy(logits, tokens).item<float>();
            calibrated += labels.Length * torch.nn.functional.cross_entropy(logits * beta, tokens).item<float>();
            count += labels.Length;
        }
        _inProportion.Stop();
        return new(name, top1 / count, top5 / count, reciprocal / count, loss / count, calibrated / count);
    }

    private float Temperature((torch.Tensor H, torch.Tensor G) circuit)
    {
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.enable_grad();
        long every = Math.Max(1, circuit.H.shape[0] / TemperatureRows);
        var tokens = torch.arange(0, circuit.H.shape[0], every, torch.ScalarType.Int64);
        var logarithm = new TorchSharp.Modules.Parameter(torch.zeros(1));
        var adam = torch.optim.Adam([logarithm], 0.2);
        for (int step = 0; step < TemperatureSteps; step++)
        {
            using var inner = torch.NewDisposeScope();
            cancellationToken.ThrowIfCancellationRequested();
            var batch = tokens.index_select(0, torch.randint(0, tokens.shape[0], Batch, torch.ScalarType.Int64));
            adam.zero_grad();
            var logits = circuit.H.index_select(0, batch).matmul(circuit.G) * logarithm.exp();
            torch.nn.functional.cross_entropy(logits, batch).backward();
            adam.step();
        }
        return (float)Math.Exp(logarithm.item<float>());
    }

    private (torch.Tensor H, torch.Tensor G) Fit(int rank, long[] tokens)
    {
        using var scope = torch.NewDisposeScope();
        double deviation = 1 / Math.Sqrt(model.W_E.Columns);
        var a = new TorchSharp.Modules.Parameter(torch.randn(model.W_E.Columns, rank) * deviation);
        var b = new TorchSharp.Modules.Parameter(torch.randn(rank, model.W_E.Columns) * deviation);
        var adam = torch.optim.Adam([a, b], LearningRate);
        var random = new Random(rank);
        _inProportion.Start();
        for (int step = 0; step < PartOf(steps); step++)
        {
            using var inner = torch.NewDisposeScope();
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var group in adam.ParamGroups)
                group.LearningRate = LearningRate * (1 - ((double)step / steps));
            var batch = torch.tensor(random.GetItems(tokens, FitBatch));
            adam.zero_grad();
            var logits = _embedding.index_select(0, batch).matmul(a).matmul(b).matmul(_unembedding);
            torch.nn.functional.cross_entropy(logits, batch).backward();
            adam.step();
        }
        _inProportion.Stop();
        using var noGradients = torch.no_grad();
        return (_embedding.matmul(a).MoveToOuterDisposeScope(), b.matmul(_unembedding).MoveToOuterDisposeScope());
    }

    private int PartOf(int whole) => Math.Max(1, (int)(whole * share));

    // The first so many of the tokens, as many as the share says.
    private IEnumerable<long[]> Batches(long[]? of)
    {
        long[] tokens = of ?? [.. Enumerable.Range(0, model.W_E.Rows).Select(token => (long)token)];
        foreach (var batch in tokens.Take(PartOf(tokens.Length)).Chunk(Batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return batch;
        }
    }
}

/// <summary>A circuit's figures.</summary>
internal sealed record TorchClaimRow(string Name, double Top1, double Top5, double Mrr, double LogLoss, double CalibratedLogLoss);
