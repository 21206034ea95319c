using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// A head atlas as files: the page <c>atlas.html</c> to click in, a CSV for each table, a PNG for each picture, and <c>notes.txt</c>. Where
/// the atlas has <see cref="HeadAtlas.Tokens"/>, <c>token-ranks.csv</c> and <c>token-outputs.csv</c> have a row for each token and a column
/// for each head: the rank of the own logit, and the ids of the highest outputs.
/// </summary>
public static class AtlasFiles
{
    /// <summary>Writes them; each is whole or not there.</summary>
    /// <returns>Their paths.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static IReadOnlyList<string> Save(string folder, HeadAtlas atlas)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        List<string> files = [];
        foreach (var table in AtlasTables.Of(atlas))
            Write(table.Id + ".csv", path => File.WriteAllText(path, table.ToCsv()));
        if (atlas.Tokens is { } tokens)
        {
            if (tokens.Heads.All(head => head.OwnRanks is not null))
                Write("token-ranks.csv", path => Stream(path, writer => TokenFiles.WriteRanks(writer, atlas, tokens)));
            if (tokens.Heads.All(head => head.TopOutputs.Count > 0))
                Write("token-outputs.csv", path => Stream(path, writer => TokenFiles.WriteOutputs(writer, atlas, tokens)));
        }
        foreach (var picture in AtlasPictures.Of(atlas))
            Write(picture.Id + ".png", path => File.WriteAllBytes(path, picture.Png));
        IEnumerable<string> notes = ScaleMark.Sentence(atlas) is { } mark ? atlas.Notes.Append(mark) : atlas.Notes;
        Write("notes.txt", path => File.WriteAllLines(path, notes));
        Write("atlas.html", path => AtlasPage.Save(atlas, path));
        return files;

        static void Stream(string path, Action<TextWriter> write)
        {
            using var writer = new StreamWriter(path);
            write(writer);
        }

        void Write(string name, Action<string> write)
        {
            files.Add(Path.Combine(folder, name));
            AtomicFile.Write(files[^1], write);
        }
    }
}
