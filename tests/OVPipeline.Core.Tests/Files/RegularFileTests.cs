using System.Net.Sockets;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Core.Tests;

public sealed class RegularFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void OpenRead_EndlessDeviceBehindALink_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Told apart on Linux.");
        string link = Path.Combine(_folder, "config.json");
        File.CreateSymbolicLink(link, "/dev/zero");

        foreach (Action open in Openers(link))
            Assert.Equal($"{link}: is a device, not a file.", Assert.Throws<FileException>(open).Message);
    }

    [Fact]
    public void OpenRead_PipeThatNobodyWritesTo_IsRefusedInsteadOfWaitedFor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Told apart on Linux.");
        string pipe = Path.Combine(_folder, "pipe");
        NamedPipe.Create(pipe);

        foreach (Action open in Openers(pipe))
            Assert.Equal($"{pipe}: is a pipe, not a file.", Assert.Throws<FileException>(open).Message);
    }

    [Fact]
    public void OpenRead_Socket_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Told apart on Linux.");
        string path = Path.Combine(_folder, "socket");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));

        Assert.Equal("a socket", RegularFile.OtherKind(path));
    }

    [Fact]
    public void OpenRead_FileOrLinkToOne_IsOpened()
    {
        string file = Path.Combine(_folder, "file"), link = Path.Combine(_folder, "link");
        File.WriteAllText(file, "a\nb");
        File.CreateSymbolicLink(link, file);

        using (var stream = RegularFile.OpenRead(link))
            Assert.Equal(3, stream.Length);
        Assert.Equal("a\nb"u8.ToArray(), RegularFile.ReadAllBytes(file));
        Assert.Equal(["a", "b"], RegularFile.ReadLines(link));
        Assert.Null(RegularFile.OtherKind(_folder));
        Assert.Throws<FileNotFoundException>(() => RegularFile.OpenRead(file + "x"));
    }

    [Fact]
    public void ReadAll_WhatIsNotThere_NamesTheFile()
    {
        string missing = Path.Combine(_folder, "missing"), file = Path.Combine(_folder, "file");
        Action[] readers = [() => RegularFile.ReadAllBytes(missing), () => RegularFile.ReadAllText(missing)];
        foreach (var read in readers)
            Assert.Equal($"{missing}: cannot be read: there is no such file.", Assert.Throws<FileException>(read).Message);

        File.WriteAllText(file, "é", new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal("é", RegularFile.ReadAllText(file));
        Assert.Equal($"{_folder}: cannot be read: it is a folder, not a file.",
            Assert.Throws<FileException>(() => RegularFile.ReadAllText(_folder)).Message);
    }

    private static Action[] Openers(string path) =>
        [() => RegularFile.OpenRead(path).Dispose(), () => RegularFile.ReadAllBytes(path), () => RegularFile.ReadLines(path)];
}
