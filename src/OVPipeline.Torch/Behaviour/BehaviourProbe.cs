using OVPipeline.Checkpoints;
using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// The text, random sequences and sentences that behaviour is measured on. Made once, they serve the model as it is and with heads changed,
/// so that what is compared is paired.
/// </summary>
public sealed class BehaviourProbe
{
    // Sequences of a forward pass, at most; fewer where the patterns of all layers, [n, L, H, T, T], are more than 512 MiB of floats.
    private const int SequencesAtATime = 8;
    private const long PatternValues = 1 << 27;

    // Windows of text of models of longer contexts, or of none that is told.
    private const int LongestWindow = 2048, UsualWindow = 512;

    // Windows of text whose patterns are looked at, in batches spread evenly over it: patterns cost more than losses.
    private const int WindowsWithPatterns = 16;

    private readonly RepeatedTokens _repeats;
    private readonly NameSentences? _names;
    private readonly TokenSequences? _tokens;
    private readonly bool _hasTask; // outputs are what targets say, and no next tokens

    /// <summary>Prepares the measurements of a model.</summary>
    /// <param name="model">The model, for its sizes, its tokenizer and its separator (token 0 where it has none).</param>
    /// <param name="options">What to measure on.</param>
    /// <param name="cancellationToken">Checked while text is encoded.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, or there is text but no tokenizer, or too little text. Where attention is bidirectional, next tokens are
    /// no prediction: what heads attend to is measured all the same.
    /// </exception>
    /// <exception cref="IOException">The text cannot be read.</exception>
    public BehaviourProbe(TransformerCheckpoint model, BehaviourOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Windows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Sequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.NameSentences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RepeatedLength, 2);
        var config = model.Weights.Config;
        if (config.Context is > 0 and < 5)
            throw new ArgumentException(
                $"Repeated tokens need a context of at least 5, {config.Name} has {config.Context}.",
                nameof(model));
        int window = config.Context == 0 ? UsualWindow : Math.Min(config.Context, LongestWindow);
        bool predicts = Predicts(config);
        var encoding = options.Text is null ? TextEncoding.TryOf(model) : TextEncoding.Of(model);
        _tokens = predicts ? options.Tokens?.OrNextTokens() : options.Tokens;
        _hasTask = options.Tokens?.Targets is not null;
        int separator = options.Start ?? _tokens?.Start ?? TextEncoding.SeparatorOf(model) ?? 0;
        if (options.Text is { } text)
            Text = new(encoding!.EncodeAll(text, cancellationToken), window, separator, options.Windows);
        var drawn = options.RandomTokens ?? Text?.DistinctTokens() ?? _tokens?.DistinctTokens() ?? Enumerable.Range(0, config.Vocabulary);
        int[] candidates = [.. drawn.Where(id => id != separator)];
        if (candidates.Length == 0 || candidates.Any(id => id < 0 || id >= config.Vocabulary))
            throw new ArgumentException(
                $"Random tokens are drawn from ids in [0, {config.Vocabulary}) other than {separator}.",
                nameof(options));
        int half = Math.Min(options.RepeatedLength, (window - 1) / 2);
        _repeats = new(separator, candidates, options.Sequences, half, options.Seed);
        _names = encoding is null || _hasTask || !predicts
            ? null
            : NameSentences.Of(encoding, options.NameSentences, window, options.Seed);
    }

    /// <summary>
    /// The measurements without names, of windows that are there already; random tokens are drawn from those that occur in them.
    /// </summary>
    internal BehaviourProbe(TextWindows text, int separator)
    {
        var options = new BehaviourOptions();
        Text = text;
        int[] candidates = [.. text.DistinctTokens().Where(id => id != separator).DefaultIfEmpty(separator)];
        int half = Math.Min(options.RepeatedLength, (text.Context - 1) / 2);
        _repeats = new(separator, candidates, options.Sequences, half, options.Seed);
    }

    /// <summary>The windows of text; null without text.</summary>
    public TextWindows? Text { get; }

    /// <summary>Measures a model, with heads as they are or changed.</summary>
    /// <param name="model">The model's module.</param>
    /// <param name="interventions">What to change; null for nothing.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <exception cref="ArgumentException">
    /// The model has other sizes than the one that this was made for, or a change does not fit it.
    /// </exception>
    public ModelBehaviour Measure(
        Transformer model,
        HeadInterventions? interventions = null,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        interventions ??= HeadInterventions.None;
        using var gradients = no_grad();
        int done = 0, all = (Text?.Count ?? 0) + _repeats.Sequences + (_names?.Sentences.Count ?? 0);
        List<double> losses = [], repeatAccuracy = [], repeatLoss = [];
        List<bool> names = [];
        var heads = model.Config.AllHeads.ToArray();
        List<double>[] induction = Lists(), previous = Lists(), duplicate = Lists(), onText = Lists();
        bool predicts = Predicts(model.Config) && !_hasTask; // outputs are next tokens
        int patternStride = Math.Max(1, (Text?.Count ?? 0) / WindowsWithPatterns);
        int batches = 0;
        foreach (var (first, count) in Batches(Text?.Count ?? 0, Text?.Context ?? 1))
        {
            bool patterns = batches++ % patternStride == 0;
            var parts = (predicts ? ForwardParts.Losses : 0) | (patterns ? ForwardParts.Patterns : 0);
            if (parts == 0)
                continue;
            using var pass = model.Run(Text!.Inputs(first, count), parts, interventions, Text.Targets(first, count));
            if (predicts)
                losses.AddRange(Values(pass.Losses.mean([1])));
            if (patterns)
                Add(onText, pass, PatternScores.PreviousToken);
        }
        if (_tokens is { } sequences)
            Look(sequences);
        foreach (var (first, count) in Batches(_repeats.Sequences, _repeats.Length))
        {
            using var pass = model.Run(_repeats.Batch(first, count), ForwardParts.Patterns, interventions);
            Add(induction, pass, patterns => PatternScores.Induction(patterns, _repeats.Half));
            Add(previous, pass, PatternScores.PreviousToken);
            Add(duplicate, pass, patterns => PatternScores.DuplicateToken(patterns, _repeats.Half));
            if (!predicts)
                continue;
            // Position 0 is the separator, 1 to half the first half, half + 1 to 2 half the second. From the second half's first token on
            // the next one is known: positions half + 1 to 2 half - 1 predict half + 2 to 2 half.
            var logits = model.Unembed(pass.Residual.narrow(1, _repeats.Half + 1, _repeats.Half - 1));
            var next = _repeats.Batch(first, count).narrow(1, _repeats.Half + 2, _repeats.Half - 1);
            repeatAccuracy.AddRange(Values(logits.argmax(-1).eq(next).to(ScalarType.Float32).mean([1])));
            repeatLoss.AddRange(Values((logits.logsumexp(-1) - logits.gather(-1, next.unsqueeze(-1)).squeeze(-1)).mean([1])));
        }
        foreach (var (first, count) in Batches(_names?.Sentences.Count ?? 0, 1))
            names.AddRange(Repeated(model, interventions, [.. _names!.Sentences.Skip(first).Take(count)]));
        return new()
        {
            Condition = interventions.ToString(),
            LossByWindow = losses,
            ValidationTokens = (Text?.Count ?? 0) * (Text?.Context ?? 0),
            RepeatTokens = _repeats.Sequences * (_repeats.Half - 1),
            RepeatAccuracyBySequence = repeatAccuracy,
            RepeatLossBySequence = repeatLoss,
            Task = _tokens?.Targets is null ? null : TaskMetric.Over(model, _tokens, interventions, cancellationToken),
            NameRepeated = names,
            Heads = [.. heads.Select((head, i) => new HeadBehaviour(head, induction[i], previous[i], onText[i])
            {
                DuplicateTokenBySequence = duplicate[i],
            })],
        };

        List<double>[] Lists() => [.. heads.Select(_ => new List<double>())];

        // What heads attend to on some of the sequences, evenly among them.
        void Look(TokenSequences sequences)
        {
            int most = AtATime(sequences.Sequences.Max(sequence => sequence.Length));
            int[][] batches = [.. sequences.Batches(most).Where(places => sequences.Sequences[places[0]].Length > 2)];
            for (int i = 0; i < Math.Min(batches.Length, WindowsWithPatterns); i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                int[] places = batches[i * batches.Length / Math.Min(batches.Length, WindowsWithPatterns)];
                using var pass = model.Run(TaskMetric.Batch(sequences, places), ForwardParts.Patterns, interventions);
                Add(onText, pass, PatternScores.PreviousToken);
            }
        }

        void Add(List<double>[] scores, ForwardPass pass, Func<Tensor, Tensor> score)
        {
            for (int layer = 0; layer < model.Config.Layers; layer++)
            {
                var found = score(pass.Patterns[layer]); // [B, H]
                for (int head = 0; head < model.Config.Heads; head++)
                    scores[layer * model.Config.Heads + head].AddRange(Values(found.select(1, head)));
            }
        }

        int AtATime(int length) =>
            (int)Math.Clamp(PatternValues / ((long)model.Config.Layers * model.Config.Heads * length * length), 1, SequencesAtATime);

        IEnumerable<(int First, int Count)> Batches(int total, int length)
        {
            int most = AtATime(length);
            for (int first = 0; first < total; first += most)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope(); // what a batch makes ends with it
                int count = Math.Min(most, total - first);
                yield return (first, count);
                progress?.Report((double)(done += count) / all);
            }
        }
    }

    // Sentences are padded on the right, which a causal model does not see.
    private static IEnumerable<bool> Repeated(
        Transformer model,
        HeadInterventions interventions,
        (int[] Tokens, int Next)[] sentences)
    {
        int length = sentences.Max(sentence => sentence.Tokens.Length);
        long[] tokens = [.. sentences.SelectMany(sentence =>
            sentence.Tokens.Concat(Enumerable.Repeat(sentence.Next, length - sentence.Tokens.Length)).Select(id => (long)id))];
        using var pass = model.Run(tensor(tokens, [sentences.Length, length]), ForwardParts.Residual, interventions);
        var last = stack(sentences.Select((sentence, i) => pass.Residual[i, sentence.Tokens.Length - 1]));
        long[] chosen = model.Unembed(last).argmax(-1).data<long>().ToArray();
        return sentences.Select((sentence, i) => chosen[i] == sentence.Next);
    }

    // Whether next tokens are what a model predicts: its outputs are its tokens, and it does not see them.
    private static bool Predicts(TransformerConfig config) => config is { NoCopying: null, Bidirectional: false };

    private static double[] Values(Tensor tensor) => [.. ModuleWeights.Values(tensor).Select(value => (double)value)];
}
