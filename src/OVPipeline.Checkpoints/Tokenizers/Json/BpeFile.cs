using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>A byte-pair model as tokenizer.json or merges.txt writes it.</summary>
internal static class BpeFile
{
    /// <summary>The member <c>model</c> of tokenizer.json, or null where it drops merges at random or marks the parts of words.</summary>
    /// <exception cref="CheckpointException">A merge is not of two tokens that, together, are a token.</exception>
    public static BpeModel? Read(JsonField model, Dictionary<string, int> vocabulary)
    {
        if ((model.Find("dropout")?.Number() ?? 0) != 0
            || model.TextOrEmpty("continuing_subword_prefix").Length + model.TextOrEmpty("end_of_word_suffix").Length > 0)
            return null;
        var merges = new Dictionary<(int, int), (int, int)>();
        foreach (JsonField merge in model.Get("merges").Items())
        {
            string[] parts = merge.Value.ValueKind == JsonValueKind.Array
                ? [.. merge.Items().Select(part => part.Text())]
                : merge.Text().Split(' ');
            if (!TryAdd(merges, vocabulary, parts))
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
            IgnoreMerges = model.Flag("ignore_merges", false),
        };
    }

    /// <summary>Adds the next merge; false where a part or the whole is not in the vocabulary.</summary>
    public static bool TryAdd(Dictionary<(int Left, int Right), (int Rank, int Merged)> merges, Dictionary<string, int> vocabulary, string[] parts)
    {
        if (parts is not [{ } left, { } right]
            || !vocabulary.TryGetValue(left, out int leftId)
            || !vocabulary.TryGetValue(right, out int rightId)
            || !vocabulary.TryGetValue(left + right, out int merged))
            return false;
        merges[(leftId, rightId)] = (merges.Count, merged);
        return true;
    }
}
