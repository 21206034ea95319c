using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>A byte-pair model as tokenizer.json or merges.txt writes it.</summary>
internal static class BpeFile
{
    /// <summary>The member <c>model</c> of tokenizer.json.</summary>
    /// <exception cref="CheckpointException">
    /// It drops merges at random, or one is not of two tokens that, together, are a token.
    /// </exception>
    public static BpeModel Read(JsonField model, Dictionary<string, int> vocabulary)
    {
        if ((model.Find("dropout")?.Number() ?? 0) != 0)
            throw model.Get("dropout").Wrong("drops merges at random: ids are not the same each time");
        string continuation = model.TextOrEmpty("continuing_subword_prefix");
        var merges = new Dictionary<(int, int), (int, int)>();
        foreach (JsonField merge in model.Get("merges").Items())
        {
            string[] parts = merge.Value.ValueKind == JsonValueKind.Array
                ? [.. merge.Items().Select(part => part.Text())]
                : merge.Text().Split(' ');
            if (!TryAdd(merges, vocabulary, parts, continuation.Length))
                throw merge.Wrong("is not a merge of two tokens into a third");
        }

        int? unknown = null;
        if (model.Find("unk_token") is { } name)
            unknown = vocabulary.TryGetValue(name.Text(), out int id) ? id : throw name.Wrong("is not in the vocabulary");
        return new BpeModel(vocabulary, merges)
        {
            Unknown = unknown,
            FuseUnknown = model.Flag("fuse_unk", false),
            ByteFallback = model.Flag("byte_fallback", false),
            Continuation = continuation,
            EndOfWord = model.TextOrEmpty("end_of_word_suffix"),
            IgnoreMerges = model.Flag("ignore_merges", false),
        };
    }

    /// <summary>Adds the next merge; false where a part or the whole is not in the vocabulary.</summary>
    /// <param name="merges">What the merge is added to.</param>
    /// <param name="vocabulary">Token to id.</param>
    /// <param name="parts">Left and right.</param>
    /// <param name="prefix">Length of what the right part begins with when it does not begin a word.</param>
    public static bool TryAdd(
        Dictionary<(int Left, int Right), (int Rank, int Merged)> merges, Dictionary<string, int> vocabulary, string[] parts, int prefix)
    {
        if (parts is not [{ } left, { } right]
            || right.Length < prefix
            || !vocabulary.TryGetValue(left, out int leftId)
            || !vocabulary.TryGetValue(right, out int rightId)
            || !vocabulary.TryGetValue(left + right[prefix..], out int merged))
            return false;
        merges[(leftId, rightId)] = (merges.Count, merged);
        return true;
    }
}
