namespace OVPipeline.Checkpoints;

/// <summary>
/// Tells ONNX from other bytes: a protobuf message has no mark at its start, so its fields are walked until the graph, which every ONNX
/// model has, and each must be one of ModelProto's (onnx.proto).
/// </summary>
internal static class ProtobufLook
{
    private const int Varint = 0, LengthDelimited = 2, Graph = 7, MostFields = 64;

    /// <summary>Whether a file is an ONNX model, whole or cut within its graph.</summary>
    public static bool IsOnnx(ReadOnlyFile file)
    {
        long at = 0;
        bool versioned = false;
        for (int fields = 0; fields < MostFields && at < file.Length; fields++)
        {
            if (Read(file, ref at) is not ulong key || !Knows((int)Math.Min(key >> 3, 100), (int)(key & 7)))
                return false;
            if (Read(file, ref at) is not ulong value)
                return false;
            versioned |= key >> 3 == 1;
            if (key >> 3 == Graph)
                return versioned || value <= (ulong)(file.Length - at);
            if ((key & 7) != LengthDelimited)
                continue;
            if (value > (ulong)(file.Length - at))
                return false;
            at += (long)value;
        }
        return false;
    }

    // ir_version, model_version; producer, its version, domain, doc_string, graph, opset_import, metadata_props, training_info, functions,
    // configuration.
    private static bool Knows(int field, int wire) =>
        field is 1 or 5 ? wire == Varint : field is 2 or 3 or 4 or 6 or Graph or 8 or 14 or 20 or 25 or 26 && wire == LengthDelimited;

    private static ulong? Read(ReadOnlyFile file, ref long at)
    {
        byte[] bytes = file.Read(at, (int)Math.Min(10, file.Length - at));
        ulong value = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] >= 0x80)
                continue;
            at += i + 1;
            return value;
        }
        return null;
    }
}
