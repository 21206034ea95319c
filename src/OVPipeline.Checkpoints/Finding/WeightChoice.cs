namespace OVPipeline.Checkpoints;

/// <summary>
/// Which of several models of a file is meant, by the words before their names:
/// <list type="number">
/// <item>nothing: the names of the file itself;</item>
/// <item>only words that say "the weights" (<c>model</c>, <c>module</c>, <c>state_dict</c>, <c>_orig_mod</c> ...);</item>
/// <item>any other word;</item>
/// <item>a word for a copy or for a part of the training (<c>ema</c>, <c>optimizer</c>, <c>grads</c> ...).</item>
/// </list>
/// The first kind of which there is one is taken where it is one alone. Of two of the same kind, <c>student</c> and
/// <c>teacher</c>, none is.
/// </summary>
internal static class WeightChoice
{
    private static readonly HashSet<string> s_plain = new(StringComparer.OrdinalIgnoreCase)
    {
        "model", "models", "module", "modules", "state", "dict", "dicts", "sd", "net", "network", "weights", "weight", "params", "param",
        "parameters", "checkpoint", "ckpt", "orig", "mod", "transformer", "lm", "language", "fsdp", "wrapped", "pytorch", "train", "data",
    };

    private static readonly HashSet<string> s_copy = new(StringComparer.OrdinalIgnoreCase)
    {
        "ema", "swa", "average", "averaged", "avg", "shadow", "optimizer", "optimizers", "optim", "opt", "exp", "sq", "momentum", "master",
        "grad", "grads", "gradient", "gradients", "initial", "init", "old", "previous", "prev", "backup",
    };

    /// <summary>The index of the one that is meant among models under these paths, or null where it cannot be told.</summary>
    public static int? Of(IReadOnlyList<string> paths)
    {
        int[] kinds = [.. paths.Select(Kind)];
        int first = kinds.Length == 0 ? 0 : kinds.Min();
        return kinds.Count(kind => kind == first) == 1 ? Array.IndexOf(kinds, first) : null;
    }

    private static int Kind(string path)
    {
        string[] words = path.Split(['.', '_', '-', '/'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return 0;
        if (words.Any(s_copy.Contains))
            return 3;
        return words.All(word => s_plain.Contains(word) || word.All(char.IsAsciiDigit)) ? 1 : 2;
    }
}
