using System.Buffers.Binary;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Reads the pickle of a state dict (Python's pickle protocols 2 to 5) as plain data. It is no interpreter of Python: nothing is imported,
/// called or constructed but the few things <see cref="PickleGlobal"/> lists, and instructions, memo and stack are bounded.
/// </summary>
internal ref struct PickleReader
{
    // Measured on files of torch.save: up to 47 instructions and 13 remembered values a tensor. Room for 38,000 tensors in a file.
    private const int MostInstructions = 2_000_000, MostMemos = 500_000;

    // Names of tensors, keys of storages and whatever text a training run kept beside them.
    private const int LongestText = 1 << 20;
    private readonly ReadOnlySpan<byte> _pickle;
    private readonly PickleStack _stack = new();
    private readonly Dictionary<uint, object?> _memo = [];
    private int _at;

    private PickleReader(ReadOnlySpan<byte> pickle) => _pickle = pickle;

    /// <summary>The object that a pickle holds.</summary>
    /// <exception cref="CheckpointException">The pickle is malformed or asks for more than data; a forbidden global is named.</exception>
    public static object? Read(string file, string entry, ReadOnlySpan<byte> pickle)
    {
        var reader = new PickleReader(pickle);
        try
        {
            return reader.Run();
        }
        catch (FormatException e)
        {
            throw new CheckpointException(file, entry, $"the pickle cannot be read at byte {reader._at}: {e.Message}.", e);
        }
    }

    private object? Run()
    {
        for (int i = 0; i < MostInstructions; i++)
        {
            byte code = Byte();
            if (code == (byte)'.')
                return _stack.Pop();
            if (!PushScalar(code) && !PushContainer(code))
                Execute(code);
        }
        throw new FormatException($"it has more than {MostInstructions} instructions");
    }

    private bool PushScalar(byte code)
    {
        object? value;
        switch (code)
        {
            // Python's names of the instructions are those of pickletools.py; numbers are little-endian, but for doubles.
            case (byte)'N': value = null; break;
            case 0x88: value = true; break;
            case 0x89: value = false; break;
            case (byte)'K': value = (long)Byte(); break;
            case (byte)'M': value = (long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2)); break;
            case (byte)'J': value = (long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4)); break;
            case 0x8A: value = Long(Bytes(Byte())); break;
            case (byte)'G': value = BinaryPrimitives.ReadDoubleBigEndian(Bytes(8)); break;
            case (byte)'X': value = Text(U32()); break;
            case 0x8C: value = Text(Byte()); break;
            case 0x8D: value = Text(BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8))); break;
            case (byte)'U': value = Text(Byte()); break;
            case (byte)'T': value = Text(U32()); break;
            default: return false;
        }
        _stack.Push(value);
        return true;
    }

    private bool PushContainer(byte code)
    {
        object? value;
        switch (code)
        {
            case (byte)'}': value = new PickleDictionary(); break;
            case (byte)']': value = new List<object?>(); break;
            case (byte)')': value = PickleTuple.Empty; break;
            case 0x85: value = new PickleTuple(_stack.Pop(1)); break;
            case 0x86: value = new PickleTuple(_stack.Pop(2)); break;
            case 0x87: value = new PickleTuple(_stack.Pop(3)); break;
            case (byte)'t': value = new PickleTuple(_stack.PopToMark()); break;
            case (byte)'c': value = Global($"{Line()}.{Line()}"); break;
            case 0x93:
                if (_stack.Pop(2) is not [string module, string name])
                    throw new FormatException("a global's name is no text");
                value = Global($"{module}.{name}");
                break;
            case (byte)'h': value = Recall(Byte()); break;
            case (byte)'j': value = Recall(U32()); break;
            case (byte)'Q': value = PickleObjects.Storage(_stack.Pop()); break;
            case (byte)'R':
                object? arguments = _stack.Pop();
                value = PickleObjects.Call(_stack.Pop(), arguments);
                break;
            default: return false;
        }
        _stack.Push(value);
        return true;
    }

    private void Execute(byte code)
    {
        switch (code)
        {
            case 0x80: Byte(); break; // protocol
            case 0x95: Bytes(8); break; // a frame's length, of use to streams only
            case (byte)'(': _stack.Mark(); break;
            case (byte)'0': _stack.Pop(); break;
            case (byte)'1': _stack.PopToMark(); break;
            case (byte)'q': Remember(Byte()); break;
            case (byte)'r': Remember(U32()); break;
            case 0x94: Remember((uint)_memo.Count); break;
            case (byte)'a':
                object? item = _stack.Pop();
                PickleObjects.Append(_stack.Peek(), [item]);
                break;
            case (byte)'e':
                object?[] items = _stack.PopToMark();
                PickleObjects.Append(_stack.Peek(), items);
                break;
            case (byte)'s':
                object?[] pair = _stack.Pop(2);
                PickleObjects.SetItems(_stack.Peek(), pair);
                break;
            case (byte)'u':
                object?[] pairs = _stack.PopToMark();
                PickleObjects.SetItems(_stack.Peek(), pairs);
                break;
            case (byte)'b': // an ordered dictionary's attributes, such as a module's _metadata
                _stack.Pop();
                if (_stack.Peek() is not PickleDictionary)
                    throw new FormatException("a state is given to something other than a dictionary");
                break;
            default:
                throw new FormatException($"instruction 0x{code:X2} is none that state dicts need");
        }
    }

    private void Remember(uint index)
    {
        if (_memo.Count == MostMemos)
            throw new FormatException($"it remembers more than {MostMemos} values");
        _memo[index] = _stack.Peek();
    }

    private readonly object? Recall(uint index) =>
        _memo.TryGetValue(index, out object? value) ? value : throw new FormatException(
            $"it recalls value {index}, which it never remembered");

    private static PickleGlobal Global(string name) =>
        PickleGlobal.Find(name) ?? throw new FormatException(
            $"it names the global '{name}', which no state dict needs; it was not resolved");

    // LONG1: two's complement, little-endian, as many bytes as it takes; none for 0.
    private static long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8)
            throw new FormatException("a whole number passes 64 bits");
        long value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
            value = (value << 8) | bytes[i];
        return value;
    }

    private string Line()
    {
        int length = _pickle[_at..].IndexOf((byte)'\n');
        if (length < 0)
            throw new FormatException("a name does not end");
        string line = Text((ulong)length);
        _at++;
        return line;
    }

    private string Text(ulong length) => length <= LongestText
        ? Encoding.UTF8.GetString(Bytes((int)length))
        : throw new FormatException($"a text has {length} bytes, {LongestText} are allowed");

    private byte Byte() => Bytes(1)[0];

    private uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    private ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > _pickle.Length - _at)
            throw new FormatException("it is cut off");
        _at += count;
        return _pickle.Slice(_at - count, count);
    }
}
