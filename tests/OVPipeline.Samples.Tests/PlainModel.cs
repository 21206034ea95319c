namespace OVPipeline.Samples.Tests;

/// <summary>A model whose first layer is run on lone tokens, and whose OV circuits read what it leaves: plain loops.</summary>
internal abstract class PlainModel
{
    private double[][]? _streams;

    /// <summary>W_E, a row for each token.</summary>
    protected abstract double[][] Embedding { get; }

    /// <summary>What stands after the first layer of a token that attends to itself alone.</summary>
    protected abstract double[] AfterFirst(double[] embedded);

    /// <summary>What a head writes of what it attends to, as its circuit reads it.</summary>
    public abstract double[] Write(int layer, int head, double[] read);

    /// <summary>What the unembedding makes of what a circuit writes: a logit for each token.</summary>
    protected abstract double[] Unembed(double[] written);

    /// <summary>The rank of each token's own logit, 1 for the highest, tie to the lower token.</summary>
    public int[] Ranks(Func<double[], double[]> circuit)
    {
        _streams ??= [.. Embedding.Select(AfterFirst)];
        return [.. _streams.Select((stream, token) =>
        {
            double[] logits = Unembed(circuit(stream));
            return 1 + logits.Where((logit, j) => logit > logits[token] || (logit == logits[token] && j < token)).Count();
        })];
    }

    protected static double Dot(double[] x, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>x W' of rows W, as a Linear stores them.</summary>
    protected static double[] Linear(double[][] rows, double[] x) => [.. rows.Select(row => Dot(row, x))];

    protected static double[] Sum(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a + b)];
}

/// <summary>A Llama in Hugging Face's names with a tied unembedding. Its circuits have no gains in them.</summary>
internal sealed class PlainLlama(IndependentTensors tensors) : PlainModel
{
    private const int Head = 8, Group = 2; // d_head, query heads that share a value head
    private readonly Dictionary<string, double[][]> _rows = [];

    protected override double[][] Embedding => Rows("model.embed_tokens.weight");

    protected override double[] AfterFirst(double[] embedded)
    {
        double[] read = Normalized(embedded, "input_layernorm");
        double[] values = Linear(Layer(0, "self_attn.v_proj"), read);
        double[] heads = [.. Enumerable.Range(0, 8).SelectMany(head => values.Skip(head / Group * Head).Take(Head))];
        double[] middle = Sum(embedded, Linear(Layer(0, "self_attn.o_proj"), heads));
        double[] input = Normalized(middle, "post_attention_layernorm");
        double[] gates = Linear(Layer(0, "mlp.gate_proj"), input), into = Linear(Layer(0, "mlp.up_proj"), input);
        double[] neurons = [.. gates.Zip(into, (gate, value) => gate / (1 + Math.Exp(-gate)) * value)];
        return Sum(middle, Linear(Layer(0, "mlp.down_proj"), neurons));
    }

    public override double[] Write(int layer, int head, double[] read)
    {
        double[][] values = [.. Layer(layer, "self_attn.v_proj").Skip(head / Group * Head).Take(Head)];
        double[][] outputs = [.. Layer(layer, "self_attn.o_proj").Select(row => row[(head * Head)..((head + 1) * Head)])];
        return Linear(outputs, Linear(values, read));
    }

    protected override double[] Unembed(double[] written) => Linear(Embedding, written);

    private double[] Normalized(double[] x, string norm)
    {
        double[] gains = tensors.Read($"model.layers.0.{norm}.weight");
        double root = Math.Sqrt((Dot(x, x) / x.Length) + 1e-5);
        return [.. x.Zip(gains, (value, gain) => value / root * gain)];
    }

    private double[][] Layer(int layer, string name) => Rows($"model.layers.{layer}.{name}.weight");

    private double[][] Rows(string name) => _rows.TryGetValue(name, out double[][]? rows) ? rows : _rows[name] = tensors.Rows(name);
}

/// <summary>A GPT-2 in Hugging Face's names. Its circuits have gains and centring of the norms around them, and no biases.</summary>
internal sealed class PlainGpt2(IndependentTensors tensors, int heads) : PlainModel
{
    public const int Heads = 4;
    private readonly Dictionary<string, double[][]> _rows = [];

    protected override double[][] Embedding => Rows("wte.weight");

    private int D => Embedding[0].Length;

    protected override double[] AfterFirst(double[] embedded)
    {
        double[] values = Through("h.0.attn.c_attn", Normalized(embedded, "h.0.ln_1"))[(2 * D)..];
        double[] middle = Sum(embedded, Through("h.0.attn.c_proj", values));
        double[] neurons = Through("h.0.mlp.c_fc", Normalized(middle, "h.0.ln_2"));
        double[] passed = [.. neurons.Select(x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))))];
        return Sum(middle, Through("h.0.mlp.c_proj", passed));
    }

    public override double[] Write(int layer, int head, double[] read)
    {
        int width = D / heads;
        double[] input = Gained(read, $"h.{layer}.ln_1");
        double[][] values = Rows($"h.{layer}.attn.c_attn.weight"), outputs = Rows($"h.{layer}.attn.c_proj.weight");
        double[] attended = [.. Enumerable.Range((2 * D) + (head * width), width)
            .Select(k => Dot(input, [.. values.Select(row => row[k])]))];
        return [.. Enumerable.Range(0, D).Select(i => attended.Select((value, k) => value * outputs[(head * width) + k][i]).Sum())];
    }

    protected override double[] Unembed(double[] written) => Linear(Embedding, Gained(written, "ln_f"));

    private double[] Normalized(double[] x, string norm)
    {
        double mean = x.Average(), variance = x.Average(value => (value - mean) * (value - mean));
        double[] gains = tensors.Read($"{norm}.weight"), biases = tensors.Read($"{norm}.bias");
        return [.. x.Select((value, i) => ((value - mean) / Math.Sqrt(variance + 1e-5) * gains[i]) + biases[i])];
    }

    private double[] Gained(double[] x, string norm)
    {
        double[] gains = tensors.Read($"{norm}.weight");
        return [.. x.Select((value, i) => (value - x.Average()) * gains[i])];
    }

    // Conv1D: weights [in, out].
    private double[] Through(string name, double[] x)
    {
        double[][] rows = Rows($"{name}.weight");
        double[] bias = tensors.Read($"{name}.bias");
        return [.. bias.Select((value, j) => value + x.Select((input, i) => input * rows[i][j]).Sum())];
    }

    private double[][] Rows(string name) => _rows.TryGetValue(name, out double[][]? rows) ? rows : _rows[name] = tensors.Rows(name);
}
