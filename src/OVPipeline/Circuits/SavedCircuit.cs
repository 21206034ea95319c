using OVPipeline.Core;

namespace OVPipeline;

/// <summary>A circuit and its columns as they lie in a model file. What is written never changes; what is new is appended.</summary>
/// <remarks>
/// Entries, with texts and numbers as <see cref="BinaryWriter"/> has them and matrices as singles, row by row, little-endian:
/// <code>
/// Circuit  output column, input column, name, model; heads ("1.4") and processing, each after its 32-bit count;
///          32-bit rank, 32-bit d_model; the axes' name, unless they are SourceToOutput
/// Tokens   32-bit count, the tokens' strings
/// Outputs  the same of the outputs; only where they are not the tokens
/// H [V, rank]   G [rank, V_out]   A [d_model, rank]   B [rank, d_model]
/// Fit      how the fit went, as JSON; only of circuits that were fitted
/// </code>
/// </remarks>
/// <param name="OutputColumnName">The circuit column that is made.</param>
/// <param name="InputColumnName">The key column over tokens that is read.</param>
/// <param name="Circuit">The circuit and the strings of its tokens and outputs.</param>
/// <param name="Fit">How the fit went; null where there was none, or none was saved.</param>
internal sealed record SavedCircuit(string OutputColumnName, string InputColumnName, AnnotatedCircuit Circuit, LowRankFit? Fit)
{
    private const string OutputsEntry = "Outputs", FitEntry = "Fit";

    // Bytes. Names of a thousand heads take five kilobytes, and a loss for each step of a fit about 25; tokens have seven on average,
    // and the longest of those models are some hundreds.
    private const int LongestHead = 1 << 20, LongestFit = 1 << 24, LongestToken = 1024;

    /// <summary>The entries to write.</summary>
    public (string Entry, byte[] Bytes)[] ToEntries()
    {
        var (circuit, vocabulary, outputs) = Circuit;
        (string, byte[])[] ofOutputs = outputs.Tokens.SequenceEqual(vocabulary.Tokens)
            ? []
            : [(OutputsEntry, ModelEntries.Of(writer => Write(writer, outputs.Tokens)))];
        (string, byte[])[] ofFit = Fit is null ? [] : [(FitEntry, SavedFit.Of(Fit))];
        return
        [
            ("Circuit", ModelEntries.Of(WriteCircuit)),
            ("Tokens", ModelEntries.Of(writer => Write(writer, vocabulary.Tokens))),
            .. ofOutputs,
            ("H", ModelEntries.Of(circuit.H)),
            ("G", ModelEntries.Of(circuit.G)),
            ("A", ModelEntries.Of(circuit.Residual.A)),
            ("B", ModelEntries.Of(circuit.Residual.B)),
            .. ofFit,
        ];
    }

    /// <summary>The circuit that entries hold. How large each may be follows from those before it.</summary>
    /// <exception cref="CircuitModelException">An entry is missing or not what was saved.</exception>
    public static SavedCircuit Read(ModelEntries entries)
    {
        var head = entries.Parse("Circuit", LongestHead, ReadHead);
        int tokens = entries.LinesOf("H", head.Rank), columns = entries.LinesOf("G", head.Rank);
        var vocabulary = ReadVocabulary("Tokens", tokens);
        var outputs = entries.Has(OutputsEntry) ? ReadVocabulary(OutputsEntry, columns) : vocabulary;
        var residual = new FactoredMatrix(
            entries.ToMatrix("A", head.DModel, head.Rank), entries.ToMatrix("B", head.Rank, head.DModel));
        var h = entries.ToMatrix("H", vocabulary.Count, head.Rank);
        var g = entries.ToMatrix("G", head.Rank, outputs.Count);
        var circuit = ModelEntries.Guarded("Circuit", () => new TokenCircuit(head.Name, h, g, residual, head.Origin));
        var fit = entries.Has(FitEntry)
            ? entries.Parse(FitEntry, LongestFit, reader => SavedFit.Read(reader.ReadBytes((int)reader.BaseStream.Length), residual))
            : null;
        return new(head.Output, head.Input, AnnotatedCircuit.Of(circuit, vocabulary, outputs), fit);

        Vocabulary ReadVocabulary(string entry, int count) => entries.Parse(
            entry, sizeof(int) + (LongestToken * (long)count), reader => new Vocabulary(ReadTexts(reader, count)));
    }

    private void WriteCircuit(BinaryWriter writer)
    {
        var circuit = Circuit.Circuit;
        writer.Write(OutputColumnName);
        writer.Write(InputColumnName);
        writer.Write(circuit.Name);
        writer.Write(circuit.Origin.Model);
        Write(writer, [.. circuit.Heads.Select(head => head.ToString())]);
        Write(writer, circuit.Origin.Processing);
        writer.Write(circuit.Rank);
        writer.Write(circuit.Residual.Rows);
        if (circuit.Origin.Axes != CircuitAxes.SourceToOutput)
            writer.Write(circuit.Origin.Axes.ToString());
    }

    private static (string Output, string Input, string Name, CircuitOrigin Origin, int Rank, int DModel) ReadHead(BinaryReader reader)
    {
        string output = reader.ReadString();
        string input = reader.ReadString();
        string name = reader.ReadString();
        string model = reader.ReadString();
        HeadIndex[] heads = [.. ReadTexts(reader).Select(HeadIndex.Parse)];
        string[] processing = ReadTexts(reader);
        int rank = reader.ReadInt32();
        int dModel = reader.ReadInt32();
        if (rank < 1 || dModel < 1)
            throw new FormatException($"its rank is {rank} and its d_model {dModel}");
        // Files of the first version, and all of circuits from source to output, end here.
        bool ends = reader.BaseStream.Position >= reader.BaseStream.Length;
        var axes = ends ? CircuitAxes.SourceToOutput : Enum.Parse<CircuitAxes>(reader.ReadString());
        return (output, input, name, new CircuitOrigin(model, heads, processing) { Axes = axes }, rank, dModel);
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<string> texts)
    {
        writer.Write(texts.Count);
        foreach (string text in texts)
            writer.Write(text);
    }

    // A text takes a byte at least.
    private static string[] ReadTexts(BinaryReader reader, int? wanted = null)
    {
        int count = reader.ReadInt32();
        long rest = reader.BaseStream.Length - reader.BaseStream.Position;
        if (count < 0 || count > rest || (wanted is { } some && count != some))
            throw new FormatException($"it counts {count} texts in {rest} bytes{(wanted is null ? "" : $", where {wanted} are needed")}");
        var texts = new string[count];
        for (int i = 0; i < count; i++)
            texts[i] = reader.ReadString();
        return texts;
    }
}
