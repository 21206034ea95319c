using System.Globalization;

namespace OVPipeline.Core;

/// <summary>
/// A V x V_out map from source token to logits that is never formed: <c>H [V, r]</c>, a row per source token, times <c>G [r, V_out]</c>, a
/// column per output token. Outputs are the tokens themselves, V_out = V, but in models that say otherwise. An OV circuit of one head or
/// of several, the direct path, a truncation and a trained low-rank copier all are token circuits, and so are QK circuits, whose rows and
/// columns <see cref="CircuitOrigin.Axes"/> names. Immutable.
/// </summary>
public sealed class TokenCircuit
{
    /// <summary>A circuit from its factors.</summary>
    /// <param name="name">What tables call it, such as <c>1.4 + 1.10</c>.</param>
    /// <param name="h">H [V, r] = W_E A.</param>
    /// <param name="g">G [r, V_out] = B W_U.</param>
    /// <param name="residual">The same circuit in the residual stream, <c>A [d_model, r] B [r, d_model]</c>.</param>
    /// <param name="origin">The model and the heads it was taken from, if any.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit each other, or a factor is not finite (the message names the token).
    /// </exception>
    public TokenCircuit(string name, Matrix h, Matrix g, FactoredMatrix residual, CircuitOrigin? origin = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(h);
        ArgumentNullException.ThrowIfNull(g);
        ArgumentNullException.ThrowIfNull(residual);
        bool isEmpty = h.Columns == 0 || h.Rows == 0 || g.Columns == 0;
        if (h.Columns != g.Rows || isEmpty)
            throw new ArgumentException($"H is [V, r] and G [r, V_out]; were {h} and {g}.", nameof(g));
        if (residual.Rank != h.Columns || residual.Rows != residual.Columns)
        {
            string shape = $"[d_model, {h.Columns}][{h.Columns}, d_model]";
            throw new ArgumentException($"The residual factors must be {shape}; were {residual}.", nameof(residual));
        }
        if (h.FirstNonFiniteRow() is >= 0 and int token)
            throw new ArgumentException($"{name}: the row of H for token {token} is not finite.", nameof(h));
        Name = name;
        H = h;
        Columns = new(g, name);
        Residual = residual;
        Origin = origin ?? CircuitOrigin.Unknown;
    }

    // The same columns with other rows: what engines have made of them is found again.
    private TokenCircuit(TokenCircuit other, string name, Matrix h, FactoredMatrix residual)
    {
        Name = name;
        H = h;
        Columns = other.Columns;
        Residual = residual;
        Origin = other.Origin;
    }

    /// <summary>What tables call it.</summary>
    public string Name { get; }

    /// <summary>The model and the heads it was taken from.</summary>
    public CircuitOrigin Origin { get; }

    /// <summary>The heads it was taken from; empty for the direct path and for trained circuits.</summary>
    public IReadOnlyList<HeadIndex> Heads => Origin.Heads;

    /// <summary>H [V, r]: a row per source token.</summary>
    public Matrix H { get; }

    /// <summary>G [r, V_out]: a column per output token.</summary>
    public Matrix G => Columns.G;

    /// <summary>The columns of G as engines score rows against them.</summary>
    public OutputColumns Columns { get; }

    /// <summary>The same circuit in the residual stream, [d_model, r][r, d_model].</summary>
    public FactoredMatrix Residual { get; }

    /// <summary>The V x V_out map itself, as factors.</summary>
    public FactoredMatrix Logits => new(H, G);

    /// <summary>Tokens in the vocabulary, V: the rows.</summary>
    public int Vocabulary => H.Rows;

    /// <summary>Output tokens, V_out: the columns.</summary>
    public int OutputVocabulary => Columns.Vocabulary;

    /// <summary>
    /// Why copying is not defined for this circuit, a sentence: its columns are not the tokens of its rows. Null where they are.
    /// </summary>
    public string? NoCopying => OutputVocabulary == Vocabulary ? null : string.Create(CultureInfo.InvariantCulture,
        $"{Name} maps {Vocabulary:N0} tokens to {OutputVocabulary:N0} outputs, which are not these tokens: copying is not defined.");

    /// <summary>The inner size r: the circuit's rank is at most this.</summary>
    public int Rank => H.Columns;

    /// <summary>
    /// The full OV circuit <c>W_E W_V W_O W_U</c> of a head, or the sum of several heads' circuits. Where the model's norms are held at
    /// fixed scales (<see cref="TransformerWeights.WithNormScales"/>), each head's columns of H are times those of its own layer and of the
    /// unembedding's norm; <see cref="Residual"/>, which a norm's output goes into, has no scale in it.
    /// </summary>
    /// <exception cref="ArgumentException">No head is given, or one is given twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    /// <exception cref="NotFiniteNumberException">
    /// A weight is not finite, or their product is beyond single precision; the message names the file and the token.
    /// </exception>
    public static TokenCircuit OfHeads(TransformerWeights model, params IReadOnlyList<HeadIndex> heads) =>
        OfHeads(model, heads, CancellationToken.None);

    /// <inheritdoc cref="OfHeads(TransformerWeights, IReadOnlyList{HeadIndex})" path="/summary|/exception|/returns|/remarks"/>
    /// <param name="model">The model.</param>
    /// <param name="heads">One or more heads.</param>
    /// <param name="cancellationToken">Checked for every head, and within the products with W_E and W_U.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TokenCircuit OfHeads(TransformerWeights model, IReadOnlyList<HeadIndex> heads, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(heads);
        if (heads.Count == 0 || heads.Distinct().Count() != heads.Count)
            throw new ArgumentException($"Name one or more heads, each once; was '{string.Join(", ", heads)}'.", nameof(heads));
        var circuits = heads.Select(OfHead).ToArray();
        var residual = FactoredMatrix.Sum(circuits);
        var h = model.Embeds.Embed(residual.A, cancellationToken);
        int column = 0;
        foreach (var (head, circuit) in heads.Zip(circuits))
        {
            model.ScaleColumns(h, head.Layer, column, circuit.Rank);
            column += circuit.Rank;
        }
        return Finite(model, string.Join(" + ", heads), h, model.Unembed(residual.B, cancellationToken), residual, OriginOf(model, heads));

        FactoredMatrix OfHead(HeadIndex head)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return model.OVCircuit(head);
        }
    }

    /// <summary>
    /// The direct path <c>W_E W_U</c>: what the model's residual stream passes on with no attention at all. Where norms are held
    /// at fixed scales, rows are times that of the unembedding's norm at the token's own position (<see cref="NormScales.Final"/>).
    /// </summary>
    /// <exception cref="NotFiniteNumberException">
    /// A weight is not finite, or their product is beyond single precision; the message names the file and the token.
    /// </exception>
    public static TokenCircuit Direct(TransformerWeights model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var rows = model.Embeds.W_E;
        var h = model.NormScales is { } scales
            ? Matrix.Create(rows.Rows, rows.Columns, (token, column) => rows[token, column] * scales.Final[token])
            : rows;
        return Finite(model, "direct path", h, model.W_U, FactoredMatrix.Identity(model.Config.DModel), OriginOf(model));
    }

    /// <summary>
    /// The circuit <c>W_E A B W_U</c> of any residual-stream map <c>A B</c>, through the model's W_E and W_U as they are: where norms are
    /// held at fixed scales, as a head of <see cref="TransformerWeights.ReadingLayer"/>.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="name">What tables call it.</param>
    /// <param name="residual">The map.</param>
    /// <param name="heads">The heads it was taken from, if any.</param>
    /// <param name="cancellationToken">Checked within the products with W_E and W_U.</param>
    /// <exception cref="ArgumentException">The map is not [d_model, r][r, d_model].</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="NotFiniteNumberException">
    /// A weight is not finite, or their product is beyond single precision; the message names the file and the token.
    /// </exception>
    public static TokenCircuit FromResidual(TransformerWeights model, string name, FactoredMatrix residual,
        IReadOnlyList<HeadIndex>? heads = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(residual);
        return Finite(model, name, model.Embed(residual.A, cancellationToken), model.Unembed(residual.B, cancellationToken), residual,
            OriginOf(model, heads));
    }

    /// <summary>
    /// The full QK circuit <c>W_E W_Q W_K' W_E'</c> of a head (Elhage et al. 2021): the attention score, before its division by
    /// sqrt(d_head), that a query token gives a key token. Positions, biases and what earlier layers add are not in it.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="head">The head.</param>
    /// <param name="axes">
    /// Which of the two the rows are: <see cref="CircuitAxes.QueryToKey"/> or <see cref="CircuitAxes.KeyToQuery"/>.
    /// </param>
    /// <param name="cancellationToken">Checked within the products with W_E.</param>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head, or the axes are not those of a QK circuit.</exception>
    /// <exception cref="InvalidOperationException">The model has no W_Q or no W_K.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="NotFiniteNumberException">
    /// A weight is not finite, or their product is beyond single precision; the message names the file and the token.
    /// </exception>
    public static TokenCircuit OfQK(TransformerWeights model, HeadIndex head, CircuitAxes axes = CircuitAxes.QueryToKey,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return OfAttention(model, $"QK {head}", model.QKCircuit(head), [head], axes, cancellationToken);
    }

    /// <summary>
    /// The K-composition of two heads as a token circuit, <c>W_E W_Q W_K' W_OV' W_E'</c> with the later head's W_Q and W_K and the
    /// earlier head's W_OV: the score that a query token gives a key position to which the earlier head moved a token. An induction
    /// circuit's highest key is the query itself.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="earlier">The head whose output is read as a key.</param>
    /// <param name="later">The head that attends, in a later layer.</param>
    /// <param name="axes">
    /// Which of the two the rows are: <see cref="CircuitAxes.QueryToKey"/> or <see cref="CircuitAxes.KeyToQuery"/>.
    /// </param>
    /// <param name="cancellationToken">Checked within the products with W_E.</param>
    /// <exception cref="ArgumentException">The earlier head is not in an earlier layer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head, or the axes are not those of a QK circuit.</exception>
    /// <exception cref="InvalidOperationException">The model has no W_Q or no W_K.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="NotFiniteNumberException">
    /// A weight is not finite, or their product is beyond single precision; the message names the file and the token.
    /// </exception>
    public static TokenCircuit OfKComposition(TransformerWeights model, HeadIndex earlier, HeadIndex later,
        CircuitAxes axes = CircuitAxes.QueryToKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        RequireEarlier(earlier, later);
        var composed = model.QKCircuit(later).Multiply(model.OVCircuit(earlier).Transpose());
        return OfAttention(model, $"K-composition {earlier} with {later}", composed, [earlier, later], axes, cancellationToken);
    }

    /// <summary>
    /// The full OV circuit of a virtual attention head (Elhage et al. 2021), <c>W_E W_OV W_OV' W_U</c> with the earlier head's W_OV and the
    /// later head's W_OV': what the model adds to the logits where the later head attends to a position to which the earlier one moved a
    /// token. Its rank is the smaller of the two. Gains and centring of the norm between the two are in it where they are folded, and where
    /// norms are held its scale is that of the token itself before the later layer, as of a position that attends to the token alone.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="earlier">The head that reads the embedding.</param>
    /// <param name="later">The head that reads what the earlier one wrote, in a later layer.</param>
    /// <param name="cancellationToken">Checked within the products with W_E and W_U.</param>
    /// <exception cref="ArgumentException">The earlier head is not in an earlier layer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="NotFiniteNumberException">
    /// A weight is not finite, or their product is beyond single precision; the message names the file and the token.
    /// </exception>
    public static TokenCircuit OfVirtualHead(TransformerWeights model, HeadIndex earlier, HeadIndex later,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        RequireEarlier(earlier, later);
        var residual = model.OVCircuit(earlier).Multiply(model.OVCircuit(later));
        var h = model.Embeds.Embed(residual.A, cancellationToken);
        model.ScaleColumns(h, earlier.Layer, 0, residual.Rank, readBy: later.Layer);
        var g = model.Unembed(residual.B, cancellationToken);
        return Finite(model, $"{earlier} -> {later}", h, g, residual, OriginOf(model, [earlier, later]));
    }

    /// <summary>
    /// The transpose, whose rows are this circuit's columns: of an OV circuit a row for each output token, of a QK circuit the other
    /// direction. What engines say of a row of it, they say of a column of this.
    /// </summary>
    public TokenCircuit Transpose()
    {
        var axes = Origin.Axes switch
        {
            CircuitAxes.SourceToOutput => CircuitAxes.OutputToSource,
            CircuitAxes.OutputToSource => CircuitAxes.SourceToOutput,
            CircuitAxes.QueryToKey => CircuitAxes.KeyToQuery,
            _ => CircuitAxes.QueryToKey,
        };
        return new($"{Name}, transposed", G.Transpose(), H.Transpose(), Residual.Transpose(), Origin with { Axes = axes });
    }

    /// <summary>
    /// The circuit with the opposite sign: what a row suppresses most comes first. Its ranks count from below, of equal entries the
    /// lower token first, as torch.argmin has it.
    /// </summary>
    public TokenCircuit Negate() => new(this, $"{Name}, negated", Negative(H), new(Negative(Residual.A), Residual.B));

    /// <summary>The Frobenius-optimal truncation of the V x V_out map to a rank (not the accuracy-optimal one).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rank is not in [1, <see cref="Rank"/>].</exception>
    public TokenCircuit Truncate(int rank)
    {
        var (x, y) = Logits.TruncationFactors(rank);
        return new($"{Name} truncated to {rank}", MatrixProduct.Multiply(H, x), MatrixProduct.Multiply(y, G),
            new(MatrixProduct.Multiply(Residual.A, x), MatrixProduct.Multiply(y, Residual.B)), Origin);
    }

    /// <summary>
    /// The eigenvalue copying score (Elhage et al. 2021), <c>sum(lambda) / sum(|lambda|)</c> over the eigenvalues of the full circuit:
    /// 1 where all are positive reals, 0 where they cancel. 0 for an all-zero circuit.
    /// </summary>
    /// <exception cref="InvalidOperationException">There are no eigenvalues: says why (<see cref="NoCopying"/>).</exception>
    public double CopyingScore()
    {
        if (NoCopying is { } reason)
            throw new InvalidOperationException(reason);
        var eigenvalues = Logits.Eigenvalues();
        double magnitude = eigenvalues.Sum(e => e.Magnitude);
        return magnitude == 0 ? 0 : eigenvalues.Sum(e => e.Real) / magnitude;
    }

    private static TokenCircuit OfAttention(
        TransformerWeights model, string name, FactoredMatrix queryToKey, IReadOnlyList<HeadIndex> heads, CircuitAxes axes,
        CancellationToken cancellationToken)
    {
        if (axes is not (CircuitAxes.QueryToKey or CircuitAxes.KeyToQuery))
        {
            string message = $"A QK circuit goes from query to key or from key to query, not {axes}.";
            throw new ArgumentOutOfRangeException(nameof(axes), axes, message);
        }
        bool byKey = axes == CircuitAxes.KeyToQuery;
        var residual = byKey ? queryToKey.Transpose() : queryToKey;
        var own = model.Embeds; // no norm's scale is held in QK circuits
        string axesName = byKey ? "key to query" : "query to key";
        return Finite(model, $"{name}, {axesName}", own.Embed(residual.A, cancellationToken),
            own.Embed(residual.B.Transpose(), cancellationToken).Transpose(), residual, OriginOf(model, heads) with { Axes = axes });
    }

    private static TokenCircuit Finite(
        TransformerWeights model, string name, Matrix h, Matrix g, FactoredMatrix residual, CircuitOrigin origin)
    {
        if (h.FirstNonFiniteRow() is >= 0 and int token)
            throw Overflow($"row {token} of H (the token with id {token})");
        if (g.FirstNonFiniteRow() is >= 0 and int row)
            throw Overflow($"row {row} of G");
        return new(name, h, g, residual, origin);

        // Weights that were read are finite, as reading them has seen to; those that a program makes need not be.
        NotFiniteNumberException Overflow(string where) => new($"{model.File ?? model.Config.Name}: circuit {name}: {where} is not finite: "
            + "a weight is not, or their product is beyond single precision.");
    }

    private static void RequireEarlier(HeadIndex earlier, HeadIndex later)
    {
        if (earlier.Layer < later.Layer)
            return;
        string message = $"A head reads what earlier layers wrote: {earlier} is not in a layer before {later}.";
        throw new ArgumentException(message, nameof(earlier));
    }

    private static Matrix Negative(Matrix matrix) => new(matrix.Rows, matrix.Columns, Array.ConvertAll(matrix.Data, value => -value));

    private static CircuitOrigin OriginOf(TransformerWeights model, IReadOnlyList<HeadIndex>? heads = null) =>
        new(model.Config.Name, heads ?? [], model.Processing);

    /// <inheritdoc/>
    public override string ToString() => NoCopying is null
        ? $"{Name} (V {Vocabulary}, rank {Rank})"
        : $"{Name} (V {Vocabulary}, V_out {OutputVocabulary}, rank {Rank})";
}
