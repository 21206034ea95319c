using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>A head atlas as files: a CSV for each table, a PNG for each picture, and <c>notes.txt</c>.</summary>
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
        foreach (var picture in AtlasPictures.Of(atlas))
            Write(picture.Id + ".png", path => File.WriteAllBytes(path, picture.Png));
        IEnumerable<string> notes = ScaleMark.Sentence(atlas) is { } mark ? atlas.Notes.Append(mark) : atlas.Notes;
        Write("notes.txt", path => File.WriteAllLines(path, notes));
        return files;

        void Write(string name, Action<string> write)
        {
            files.Add(Path.Combine(folder, name));
            AtomicFile.Write(files[^1], write);
        }
    }
}
