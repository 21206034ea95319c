namespace OVPipeline.Checkpoints;

/// <summary>The stack of a pickle's machine, with its marks. Bounded; misuse is a <see cref="FormatException"/>.</summary>
internal sealed class PickleStack
{
    // Python's pickler sets at most 1,000 items at a time, so that a state dict stacks some 2,000 values. 200,000 take 1.6 MB.
    private const int Deepest = 200_000;
    private readonly List<object?> _values = [];
    private readonly Stack<int> _marks = new();

    public void Push(object? value)
    {
        if (_values.Count == Deepest)
            throw new FormatException($"more than {Deepest} values are stacked");
        _values.Add(value);
    }

    public void Mark()
    {
        if (_marks.Count == Deepest)
            throw new FormatException($"more than {Deepest} marks are stacked");
        _marks.Push(_values.Count);
    }

    public object? Pop()
    {
        RequireAboveMark(1);
        object? value = _values[^1];
        _values.RemoveAt(_values.Count - 1);
        return value;
    }

    public object? Peek()
    {
        RequireAboveMark(1);
        return _values[^1];
    }

    /// <summary>Drops the topmost value, or the topmost mark where no value is above it, as Python does.</summary>
    public void Drop()
    {
        if (_marks.Count > 0 && _marks.Peek() == _values.Count)
            _marks.Pop();
        else
            Pop();
    }

    /// <summary>Takes the topmost values, the deepest first.</summary>
    public object?[] Pop(int count)
    {
        RequireAboveMark(count);
        object?[] values = [.. _values[^count..]];
        _values.RemoveRange(_values.Count - count, count);
        return values;
    }

    /// <summary>Takes all values above the topmost mark, and the mark.</summary>
    public object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw new FormatException("a mark is missing");
        object?[] values = Pop(_values.Count - _marks.Peek());
        _marks.Pop();
        return values;
    }

    private void RequireAboveMark(int count)
    {
        if (_values.Count - (_marks.Count > 0 ? _marks.Peek() : 0) < count)
            throw new FormatException("the stack is empty");
    }
}
