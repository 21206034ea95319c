namespace OVPipeline.Checkpoints;

/// <summary>A unigram model as tokenizer.json writes it.</summary>
internal static class UnigramFile
{
    /// <summary>The member <c>model</c>.</summary>
    /// <exception cref="CheckpointException">It is not well formed, or has no unknown token.</exception>
    public static UnigramModel Read(JsonField model, Dictionary<string, int> vocabulary)
    {
        if (model.Find("unk_id") is not { } field)
            throw model.Wrong("has no 'unk_id' for what it does not know");
        var pieces = new Dictionary<string, (int, double)>(StringComparer.Ordinal);
        int id = 0;
        foreach (JsonField entry in model.Get("vocab").Items())
        {
            (string text, float score) = ReadPiece(entry);
            pieces[text] = (id++, score);
        }

        int unknown = field.Index();
        if (unknown >= id)
            throw field.Wrong($"is {unknown}, of {id} tokens");
        return new UnigramModel(pieces, unknown, model.Flag("byte_fallback", false) ? new ByteTokens(vocabulary) : null);
    }

    /// <summary>One entry of the vocabulary, <c>["the", -3.5]</c>.</summary>
    public static (string Text, float Score) ReadPiece(JsonField entry) => entry.Items().ToArray() is [var text, var score]
        ? (text.Text(), score.Number())
        : throw entry.Wrong("must be a token and its score");
}
