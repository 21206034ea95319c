using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OVPipeline.Torch;

namespace OVPipeline.Samples;

/// <summary>Token files of texts, made once for a text, a tokenizer and a way of cutting.</summary>
internal sealed class TokenCache(string folder, TrainingTokenizer tokenizer, int threads, CancellationToken cancellationToken)
{
    public TokenFile Open(TextSource source)
    {
        if (source.Path.EndsWith(".tokens", StringComparison.Ordinal))
            return Checked(TokenFile.Open(source.Path));
        string path = Path.Combine(folder, $"{Path.GetFileName(source.Path.TrimEnd('/')).Split('.', '*')[0]}-{Key(source)}.tokens");
        if (!File.Exists(path))
        {
            RunProgress.Say($"Encoding {source.Path} ...");
            var text = TextTokenization.Write(source, tokenizer, path, threads, cancellationToken: cancellationToken);
            string found = $"{text.Documents:N0} documents in {text.Files:N0} files, {text.Characters:N0} characters";
            string skipped = text.SkippedFiles > 0 ? $"; {text.SkippedFiles:N0} files are not text and were left out" : "";
            RunProgress.Say($"{source.Path}: {found}, {text.Tokens:N0} tokens{skipped}");
        }
        return Checked(TokenFile.Open(path));
    }

    private TokenFile Checked(TokenFile file) => file.TokenizerDigest == tokenizer.Digest
        ? file
        : throw new ArgumentException($"{file.Path} was made with another tokenizer than {tokenizer.Path}.");

    // Changes with the tokenizer, the way of cutting, and any file's name, size or date.
    private string Key(TextSource source)
    {
        var text = new StringBuilder(tokenizer.Digest).Append(source.KeepLineBreaks).Append(source.LongestDocument);
        foreach (var file in source.Files().Select(path => new FileInfo(path)))
            text.Append(CultureInfo.InvariantCulture, $"\n{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }
}
