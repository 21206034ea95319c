using System.Diagnostics;

namespace OVPipeline.Tests.Common;

/// <summary>A pipe under a name, as Linux has them: who opens it waits for somebody who writes to it.</summary>
internal static class NamedPipe
{
    public static void Create(string path)
    {
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
    }
}
