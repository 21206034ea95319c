using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>The terms of a report on the claim, each on those above it.</summary>
internal static class ClaimGlossary
{
    public static IReadOnlyList<ReportTerm> Terms { get; } =
    [
        new("token", "A piece of text that the model reads and predicts: a word, a part of one, a sign. All of them are its vocabulary.")
        {
            Forms = ["tokens", "vocabulary"],
        },
        new("head", "An attention head: it looks back at earlier tokens, and moves what it reads there to where it stands.")
        {
            Forms = ["heads", "attention head", "attention heads"],
        },
        new("attention pattern", "To which earlier tokens a head attends, and how much to each.")
        {
            Forms = ["pattern", "patterns", "attending"],
        },
        new("embedding", "The vectors that stand for tokens where the model reads them (W_E) and where it predicts them (W_U).")
        {
            Forms = ["embeddings"],
        },
        new("logit", "The score that the model gives a token as the next one. The highest is its guess.") { Forms = ["logits"] },
        new("OV circuit", "What a head does with a token that it attends to: W_E W_V W_O W_U, a table of V by V logits. Its row i "
            + "holds what attending to token i adds to the logit of every token.")
        {
            Forms = ["OV circuits", "circuit", "circuits"],
        },
        new("rank", "How many independent directions a circuit can use; one head's is at most d_head. As a figure of a row (MRR): the "
            + "place of a logit among all of its row."),
        new("copying", "A circuit copies a token where that token's own logit is the highest of its row: where attending to it makes it "
            + "the guess.")
        {
            Forms = ["copies", "copy", "copied", "copiers", "copier"],
        },
        new("top-1", "The share of tokens whose own logit is the highest of its row (top-5: among the five highest).")
        {
            Forms = ["top1", "top-5", "top5", "ranks first", "rank first", "of the tokens first", "of all tokens first"],
        },
        new("trained pair", "Two matrices A and B of a rank, trained so that W_E A B W_U copies as many tokens as it can: what the rank "
            + "could do through this model's embeddings. Also: trained copier, fit.")
        {
            Forms = ["trained copier", "fit", "fits", "free fit", "free fits"],
        },
        new("best pair", "The two heads of one layer whose summed circuits copy most tokens.")
        {
            Forms = ["pair of heads", "best two heads"],
        },
        new("truncated", "Cut to a lower rank with the least squared error (its singular value decomposition).")
        {
            Forms = ["truncation", "truncations"],
        },
        new("norm", "The length of a circuit's numbers taken as one vector (Frobenius). Scaling a circuit changes its norm and how sure "
            + "its logits are, not which of them is the highest.")
        {
            Forms = ["norms", "at its norm"],
        },
        new("nat", "The unit of log-loss, natural logarithms: 0.69 nats are one bit.") { Forms = ["nats"] },
        new("log-loss at natural scale", "How unexpected the right token is, in nats on average, where the circuit's logits are taken "
            + "as they are: 0 is certain and right, log V is a guess.")
        {
            Forms = ["log-loss", "log loss", "natural scale"],
        },
        new("calibrated", "Log-loss after one number, fitted, has scaled all logits: what a circuit knows, without how loud it is.")
        {
            Forms = ["calibrated log loss", "temperature"],
        },
        new("d'", "How far the own logit stands out from the others of its row, in standard deviations: what gives the top-1 share. Its "
            + "square grows with rank.")
        {
            Forms = ["d'²", "effective copying rank"],
        },
        new("copying score", "The sum of a circuit's eigenvalues over the sum of their sizes: 1 where all are positive, as of a copier."),
        new("rank frontier", "The best that each rank can do through the model's embeddings, known from fits and, at a norm, from bounds.")
        {
            Forms = ["frontier"],
        },
        new("bound", "A figure that no circuit of a rank and norm is below, found or not: proved for these weights, roundings counted.")
        {
            Forms = ["bounds", "no circuit below", "certified"],
        },
        new("census", "Every token was looked at, not a sample: there is no sampling error and no interval."),
        new("held out", "Tokens kept out of a fit, on which it is then tested.") { Forms = ["held-out", "unseen", "never saw"] },
        new("put back", "Run the model with another circuit in the place of a head's, and see what its loss does.")
        {
            Forms = ["in the place of both", "in their place", "put there"],
        },
        new("mean ablation", "A head taken out: wherever it writes, it writes its average.") { Forms = ["ablation"] },
        new("induction", "Going on with what followed the same token before: [A] [B] ... [A] is followed by [B].")
        {
            Forms = ["induction score", "induction heads"],
        },
        new("hub", "A token whose logit is high in every row, whatever is read.") { Forms = ["hubs", "hub columns", "mean row"] },
        new("95 % interval", "From repeats or blocks of text: so made, it holds the true figure in 95 of 100 cases.")
        {
            Forms = ["interval", "intervals"],
        },
    ];
}
