namespace OVPipeline.Core;

/// <summary>One lane of four bytes: the twin that tests hold the others to.</summary>
internal readonly unsafe struct BytesScalar : IByteSimd<float>
{
    public static int Lanes => 1;

    public static float Load(float* source) => *source;

    public static void Store(float value, float* destination) => *destination = value;

    public static float Broadcast(float value) => value;

    public static float MultiplyAdd(float left, float right, float sum)
    {
        // Bytes 0 and 1 go into the low 16 bits of the sum, bytes 2 and 3 into the high ones; both wrap around as the vectors' do.
        uint a = (uint)Bits(left);
        int b = Bits(right), halves = Bits(sum);
        int low = (short)halves + (byte)a * (sbyte)b + (byte)(a >> 8) * (sbyte)(b >> 8);
        int high = (halves >> 16) + (byte)(a >> 16) * (sbyte)(b >> 16) + (byte)(a >> 24) * (sbyte)(b >> 24);
        return BytePacking.Halves(low, high);
    }

    public static float Begin(float sums) =>
        BytePacking.Halves(-BytePacking.RowOffset * (short)Bits(sums), -BytePacking.RowOffset * (Bits(sums) >> 16));

    public static float Largest(float a, float b, float c) => BitConverter.Int32BitsToSingle(Math.Max(Math.Max(Sum(a), Sum(b)), Sum(c)));

    public static uint GreaterThan(float left, float right) => Bits(left) > Bits(right) ? 1u : 0u;

    private static int Sum(float halves) => (short)Bits(halves) + (Bits(halves) >> 16);

    private static int Bits(float value) => BitConverter.SingleToInt32Bits(value);
}
