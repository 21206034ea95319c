namespace OVPipeline.Checkpoints;

/// <summary>
/// Reads a pickle (Python's protocols 0 to 5) as plain data. It is no interpreter of Python: nothing is resolved, imported, called or
/// constructed. Dictionaries, lists and tensors become what they are; what else a pickle would have Python make stays a
/// <see cref="PickleObject"/>. Instructions, memo and stack are bounded, and so is what a byte of a pickle can allocate.
/// </summary>
internal ref struct PickleReader
{
    // Measured on files of torch.save: up to 47 instructions and 13 remembered values a tensor. Room for 38,000 tensors in a file.
    private const int MostInstructions = 2_000_000, MostMemos = 500_000;

    // Enough to tell somebody what a file would have run.
    private const int MostUnbuilt = 16;
    private readonly PickleStack _stack = new();
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly List<string> _unbuilt = [];
    private readonly Dictionary<string, PickleGlobal> _storages = new(StringComparer.Ordinal);
    private PickleBuffer _in;

    private PickleReader(ReadOnlySpan<byte> pickle) => _in = new(pickle);

    /// <summary>What a pickle holds. Bytes after its end are of something else.</summary>
    /// <exception cref="CheckpointException">The pickle is malformed, or larger than a checkpoint's.</exception>
    public static PickleContent Read(string file, string? entry, ReadOnlySpan<byte> pickle)
    {
        var reader = new PickleReader(pickle);
        try
        {
            return new(reader.Run(), reader._in.At, reader._unbuilt, reader._storages);
        }
        catch (FormatException e)
        {
            throw new CheckpointException(file, entry, $"the pickle cannot be read at byte {reader._in.At}: {e.Message}.", e);
        }
    }

    private object? Run()
    {
        for (int i = 0; i < MostInstructions; i++)
        {
            byte code = _in.Byte();
            if (code == (byte)'.')
                return _stack.Pop();
            if (!PushScalar(code) && !PushContainer(code) && !PushObject(code))
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
            case (byte)'K': value = (long)_in.Byte(); break;
            case (byte)'M': value = (long)_in.U16(); break;
            case (byte)'J': value = (long)_in.I32(); break;
            case 0x8A: value = _in.Long(_in.Byte()); break;
            case 0x8B: value = _in.Long(_in.U32()); break;
            case (byte)'G': value = _in.Double(); break;
            case (byte)'I' or (byte)'L': value = _in.LineNumber(); break;
            case (byte)'F': value = _in.LineDouble(); break;
            case (byte)'S': value = _in.LineQuoted(); break;
            case (byte)'V': value = _in.Line(); break;
            case (byte)'X' or (byte)'T': value = _in.Text(_in.U32()); break;
            case 0x8C or (byte)'U': value = _in.Text(_in.Byte()); break;
            case 0x8D: value = _in.Text(_in.U64()); break;
            case (byte)'B': value = _in.Blob(_in.U32()); break;
            case (byte)'C': value = _in.Blob(_in.Byte()); break;
            case 0x8E or 0x96: value = _in.Blob(_in.U64()); break; // bytes, bytearray
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
            case (byte)'l': value = new List<object?>(_stack.PopToMark()); break;
            case (byte)'d':
                value = new PickleDictionary();
                PickleObjects.SetItems(value, _stack.PopToMark());
                break;
            case 0x8F: value = new PickleObject("builtins.set", []); break;
            case 0x91: value = new PickleObject("builtins.frozenset", [new List<object?>(_stack.PopToMark())]); break;
            case (byte)'h': value = Recall(_in.Byte()); break;
            case (byte)'j': value = Recall(_in.U32()); break;
            case (byte)'g': value = Recall(Index()); break;
            case (byte)'2': value = _stack.Peek(); break;
            default: return false;
        }
        _stack.Push(value);
        return true;
    }

    /// <summary>What Python would look up, call or construct.</summary>
    private bool PushObject(byte code)
    {
        object? value;
        switch (code)
        {
            case (byte)'c': value = Global(_in.Line(), _in.Line()); break;
            case 0x93:
                if (_stack.Pop(2) is not [string module, string name])
                    throw new FormatException("a global's name is no text");
                value = Global(module, name);
                break;
            case 0x82: value = Extension(_in.Byte()); break;
            case 0x83: value = Extension(_in.U16()); break;
            case 0x84: value = Extension(_in.U32()); break;
            case (byte)'Q': value = Persistent(_stack.Pop()); break;
            case (byte)'P': value = Persistent(_in.Line()); break;
            case 0x97: value = new PickleObject("a buffer outside of the pickle", []); break;
            case (byte)'R' or 0x81 or 0x92:
                if (code == 0x92) // of a constructor's keyword arguments no use is made
                    _stack.Pop();
                object? arguments = _stack.Pop();
                value = Make(_stack.Pop(), arguments);
                break;
            case (byte)'i': value = Make(Global(_in.Line(), _in.Line()), new PickleTuple(_stack.PopToMark())); break;
            case (byte)'o':
                object?[] parts = _stack.PopToMark();
                if (parts is not [var type, .. var rest])
                    throw new FormatException("the stack is empty");
                value = Make(type, new PickleTuple(rest));
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
            case 0x80: _in.Byte(); break; // protocol
            case 0x95: _in.U64(); break; // a frame's length, of use to streams only
            case 0x98: _stack.Peek(); break; // a buffer becomes read-only
            case (byte)'(': _stack.Mark(); break;
            case (byte)'0': _stack.Drop(); break;
            case (byte)'1': _stack.PopToMark(); break;
            case (byte)'q': Remember(_in.Byte()); break;
            case (byte)'r': Remember(_in.U32()); break;
            case (byte)'p': Remember(Index()); break;
            case 0x94: Remember((uint)_memo.Count); break;
            case (byte)'a':
                object? item = _stack.Pop();
                PickleObjects.Append(_stack.Peek(), [item]);
                break;
            case (byte)'e' or 0x90: // to a list, to a set
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
            case (byte)'b':
                object? state = _stack.Pop();
                PickleObjects.Build(_stack.Peek(), state);
                break;
            default:
                throw new FormatException($"instruction 0x{code:X2} is none that pickles have");
        }
    }

    private readonly object Make(object? function, object? arguments)
    {
        object made = PickleObjects.Call(function, arguments);
        if (made is PickleObject { Name: var name } && _unbuilt.Count < MostUnbuilt && !_unbuilt.Contains(name))
            _unbuilt.Add(name);
        return made;
    }

    private readonly object Persistent(object? id)
    {
        object made = PickleObjects.Persistent(id);
        if (made is PickledStorage storage)
            _storages[storage.Key] = storage.Type;
        return made;
    }

    private static PickleGlobal Global(string module, string name) => PickleGlobal.Of($"{module}.{name}");

    private static PickleGlobal Extension(uint code) => PickleGlobal.Of($"extension {code} of Python's registry");

    private void Remember(uint index)
    {
        if (_memo.Count == MostMemos)
            throw new FormatException($"it remembers more than {MostMemos} values");
        _memo[index] = _stack.Peek();
    }

    private readonly object? Recall(uint index) =>
        _memo.TryGetValue(index, out object? value) ? value : throw new FormatException(
            $"it recalls value {index}, which it never remembered");

    private uint Index() => _in.LineNumber() is long and >= 0 and <= uint.MaxValue and var index
        ? (uint)index
        : throw new FormatException("the index of a remembered value is no number");
}
