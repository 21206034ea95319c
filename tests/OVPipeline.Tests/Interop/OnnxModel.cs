using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace OVPipeline.Tests.Interop;

/// <summary>A fitted model that ML.NET's converter wrote as ONNX, run by ONNX Runtime.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;

    private OnnxModel(byte[] bytes) => _session = new(bytes);

    public static OnnxModel Of(MLContext ml, ITransformer fitted, IDataView data)
    {
        using var stream = new MemoryStream();
        ml.Model.ConvertToOnnx(fitted, data, stream);
        return new(stream.ToArray());
    }

    /// <summary>The outputs of rows of 1-based keys, by column.</summary>
    public Outputs Run(params (string Column, uint[] Keys)[] inputs)
    {
        var values = inputs.Select(input => NamedOnnxValue.CreateFromTensor(
            input.Column, new DenseTensor<uint>(input.Keys, [input.Keys.Length, 1])));
        return new(_session.Run([.. values]));
    }

    public void Dispose() => _session.Dispose();

    internal sealed class Outputs(IReadOnlyCollection<DisposableNamedOnnxValue> values)
    {
        /// <summary>A column, row by row.</summary>
        public T[][] Rows<T>(string column)
        {
            var tensor = values.Single(value => value.Name == column + ".output").AsTensor<T>();
            int width = tensor.Dimensions[1];
            return [.. tensor.ToArray().Chunk(width)];
        }

        /// <summary>A column of one value a row.</summary>
        public T[] Values<T>(string column) => [.. Rows<T>(column).Select(row => row.Single())];
    }
}
