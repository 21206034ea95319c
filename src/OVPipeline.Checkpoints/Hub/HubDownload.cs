using System.Net;
using System.Security.Cryptography;
using System.Text;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>One file's way from the hub to a blob: into <c>etag.incomplete</c>, checked, then renamed.</summary>
internal sealed class HubDownload(HubTransport transport, Uri uri, string name, HubFile file, string blob, IProgress<HubProgress>? progress)
{
    private readonly string _incomplete = blob + ".incomplete";
    private readonly byte[] _buffer = new byte[1 << 20];
    private long _furthest; // bytes that were there at once; what a server sends again is no gain

    /// <summary>Downloads the file, going on where an earlier try ended. A wrong content is fetched once more from the start.</summary>
    /// <exception cref="HubFailure">It cannot be had, or its content is wrong twice.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        RegularFile.Require(_incomplete);
        RequireSpace();
        for (bool again = false; ; again = true)
        {
            await transport.RepeatAsync(() => AppendAsync(cancellationToken), () => _furthest, cancellationToken).ConfigureAwait(false);
            string? wrong = await CheckAsync(cancellationToken).ConfigureAwait(false);
            if (wrong is null)
                break;
            File.Delete(_incomplete);
            if (again)
                throw new HubFailure(wrong, isTransient: false);
        }

        File.Move(_incomplete, blob, overwrite: true);
    }

    private async Task<bool> AppendAsync(CancellationToken cancellationToken)
    {
        await using var output = new FileStream(_incomplete, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (output.Length > file.Size)
            output.SetLength(0);
        long done = output.Length;
        _furthest = Math.Max(_furthest, done);
        progress?.Report(new(name, done, file.Size));
        if (done == file.Size)
            return true;

        using HttpResponseMessage response = await transport.SendAsync(HttpMethod.Get, uri, done, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            output.SetLength(0);
            throw new HubFailure($"the hub has no bytes after {done}", isTransient: true);
        }

        bool isPart = response.StatusCode == HttpStatusCode.PartialContent;
        if (isPart && response.Content.Headers.ContentRange?.From != done)
            throw new HubFailure("the hub answers with another range than was asked for", isTransient: true);
        done = isPart ? done : 0;
        output.SetLength(done);
        output.Position = done;
        await CopyAsync(response, output, done, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task CopyAsync(HttpResponseMessage response, FileStream output, long done, CancellationToken cancellationToken)
    {
        long? total = file.Size ?? done + response.Content.Headers.ContentLength;
        await using Stream input = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var rate = transport.Rate();
        while (await transport.ReadAsync(input, _buffer, rate, cancellationToken).ConfigureAwait(false) is > 0 and int count)
        {
            await output.WriteAsync(_buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            done += count;
            _furthest = Math.Max(_furthest, done);
            if (done > total)
            {
                output.SetLength(0);
                throw new HubFailure($"the hub sends more than the {total} bytes it announced", isTransient: false);
            }

            progress?.Report(new(name, done, total));
        }

        if (done < total)
            throw new HubFailure($"the connection ended after {done} of {total} bytes", isTransient: true);
        output.Flush(flushToDisk: true);
    }

    // Where it cannot be known how much is free, the download shows it.
    private void RequireSpace()
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(blob))!;
        long there = new FileInfo(_incomplete) is { Exists: true } begun ? begun.Length : 0, free;
        try
        {
            free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return;
        }
        if (file.Size - there > free)
        {
            string needed = there > 0 ? $"{file.Size} bytes, of which {file.Size - there} are still to come" : $"{file.Size} bytes";
            throw new HubFailure($"the file has {needed}, and {folder} has room for {free}", isTransient: false);
        }
    }

    /// <summary>What is wrong with the content, or null; an ETag that is no hash leaves the size alone to be checked.</summary>
    /// <remarks>
    /// 64 digits are the SHA-256 of the content; 40 are git's hash of a blob, the SHA-1 of <c>blob LENGTH</c>, a zero byte and the content.
    /// </remarks>
    private async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        bool isSha256 = file.ETag.Length == 64 && file.ETag.All(char.IsAsciiHexDigitLower);
        bool isGit = file.ETag.Length == 40 && file.ETag.All(char.IsAsciiHexDigitLower);
        if (!isSha256 && !isGit)
            return null;
        await using var input = new FileStream(_incomplete, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var hash = IncrementalHash.CreateHash(isSha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (isGit)
            hash.AppendData(Encoding.ASCII.GetBytes($"blob {input.Length}\0"));
        while (await input.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false) is > 0 and int count)
            hash.AppendData(_buffer.AsSpan(0, count));
        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        string kind = isSha256 ? "SHA-256" : "git SHA-1";
        return found == file.ETag ? null : $"the content's {kind} is {found}, the hub announced {file.ETag}";
    }
}
