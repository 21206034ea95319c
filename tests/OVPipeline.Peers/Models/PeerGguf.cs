using System.Globalization;
using OVPipeline.Checkpoints.Tests;

namespace OVPipeline.Peers;

/// <summary>Writes a family's model of random weights: gains about 1, biases about 0, and neither.</summary>
internal sealed class PeerGguf
{
    private const uint HalfType = 1; // GGML_TYPE_F16
    private const int TokenTypes = 2;
    private readonly PeerFamily _family;
    private readonly Random _random;
    private readonly bool _half;
    private readonly GgufFile _file = new();

    private PeerGguf(PeerFamily family, int seed, bool half)
    {
        _family = family;
        _random = new Random(seed);
        _half = half;
    }

    /// <summary>Writes one to a file.</summary>
    /// <param name="family">What the file has.</param>
    /// <param name="path">Where.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="half">Whether matrices are stored in half precision; vectors are singles always.</param>
    public static string Save(PeerFamily family, string path, int seed = 1, bool half = false)
    {
        var writer = new PeerGguf(family, seed, half);
        writer.Sizes();
        writer.Outside();
        for (int layer = 0; layer < family.Layers; layer++)
            writer.Layer(string.Create(CultureInfo.InvariantCulture, $"blk.{layer}."));
        return writer._file.Save(path);
    }

    /// <summary>A sequence of tokens for it.</summary>
    public static int[] Tokens(PeerFamily family, int seed = 2)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, family.Tokens).Select(_ => random.Next(family.Vocabulary))];
    }

    private void Sizes()
    {
        _file.Set("general.architecture", _family.Architecture).Set("tokenizer.ggml.model", "none");
        Set("vocab_size", _family.Vocabulary);
        Set("block_count", _family.Layers);
        Set("context_length", _family.Context);
        Set("embedding_length", _family.Width);
        Set("feed_forward_length", _family.ToldNeurons == 0 ? _family.Neurons : _family.ToldNeurons);
        Set("attention.head_count", _family.Heads);
        Set("attention.head_count_kv", _family.Groups);
        if (_family.HeadWidth > 0)
        {
            Set("attention.key_length", _family.HeadWidth);
            Set("attention.value_length", _family.HeadWidth);
        }
        if (_family.TokenTypes)
            _file.Set("tokenizer.ggml.token_type_count", (uint)TokenTypes);
        Set(_family.Rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", 1e-5f);
        foreach ((string key, object value) in _family.Values)
            Set(key, value);
    }

    private void Outside()
    {
        int width = _family.Width;
        Matrix("token_embd", _family.Vocabulary, width, 1);
        if (_family.LearnedPositions)
            Matrix("position_embd", _family.Context, width, 1);
        if (_family.TokenTypes)
            Matrix("token_types", TokenTypes, width, 1);
        if (_family.EmbeddingNorm)
            Norm("token_embd_norm", width);
        if (!_family.Encoder)
            Norm("output_norm", width);
        if (!_family.Tied && !_family.Encoder)
            Matrix("output", _family.Vocabulary, width, 1 / Math.Sqrt(width));
        if (_family.LogitBias)
            Bias("output", _family.Vocabulary);
        foreach ((string name, float[] values) in _family.Vectors)
            _file.Add(name, [values.Length], values);
    }

    private void Layer(string layer)
    {
        (int width, int queries, int groups) = (_family.Width, _family.Heads * _family.KeyWidth, _family.Groups * _family.KeyWidth);
        foreach (string norm in _family.Norms)
            Norm(layer + norm, width);
        if (_family.Fused)
        {
            Linear($"{layer}attn_qkv", width, queries + (2 * groups), _family.InputBias);
        }
        else
        {
            Linear($"{layer}attn_q", width, queries, _family.InputBias);
            Linear($"{layer}attn_k", width, groups, _family.InputBias);
            Linear($"{layer}attn_v", width, groups, _family.InputBias);
        }
        QueryKeyNorm($"{layer}attn_q_norm", _family.Heads);
        QueryKeyNorm($"{layer}attn_k_norm", _family.Groups);
        Linear($"{layer}attn_output", queries, width, _family.OutputBias);
        if (_family.Mlp == StoredMlp.Gated)
            Linear($"{layer}ffn_gate", width, _family.Neurons, _family.MlpBias);
        int both = _family.Mlp == StoredMlp.GatesFirst ? 2 : 1;
        Linear($"{layer}ffn_up", width, both * _family.Neurons, _family.MlpBias);
        Linear($"{layer}ffn_down", _family.Neurons, width, _family.MlpBias || _family.DownBias);
    }

    private void QueryKeyNorm(string name, int heads)
    {
        if (_family.QueryKey == QueryKeyGains.None)
            return;
        int all = heads * _family.KeyWidth;
        int count = _family.QueryKey == QueryKeyGains.Shared ? _family.KeyWidth : all;
        _file.Add($"{name}.weight", _family.QueryKey == QueryKeyGains.ByHead ? [heads, _family.KeyWidth] : [count], Numbers(count, 1, 0.3));
        if (_family.QueryKeyBias)
            Bias(name, count);
    }

    private void Norm(string name, int width)
    {
        if (!_family.NormGain)
            return;
        _file.Add($"{name}.weight", [width], Numbers(width, 1, 0.3));
        if (_family.NormBias)
            Bias(name, width);
    }

    private void Linear(string name, int inputs, int outputs, bool bias)
    {
        Matrix(name, outputs, inputs, 1.5 / Math.Sqrt(inputs));
        if (bias)
            Bias(name, outputs);
    }

    private void Bias(string name, int width) => _file.Add($"{name}.bias", [width], Numbers(width, 0, 0.3));

    private void Matrix(string name, int rows, int columns, double deviation)
    {
        float[] values = Numbers(rows * columns, 0, deviation);
        if (_half)
            _file.Add($"{name}.weight", HalfType, [rows, columns], [.. values.SelectMany(value => BitConverter.GetBytes((Half)value))]);
        else
            _file.Add($"{name}.weight", [rows, columns], values);
    }

    private float[] Numbers(int count, double mean, double deviation)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (float)(mean + (deviation * Gaussian()));
        return values;
    }

    private double Gaussian() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    // llama.cpp takes whole numbers without a sign alone.
    private void Set(string key, object value) => _file.Set($"{_family.Architecture}.{key}", value is int number ? (uint)number : value);
}
