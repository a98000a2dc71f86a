using System.Runtime.Versioning;
using Microsoft.Win32;
using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>Gathers the facts that <see cref="StoreMediumJudge"/> decides on.</summary>
internal static class StoreMediumProbe
{
    private const string LookupCachePath = "/proc/fs/cifs/LookupCacheEnabled";
    private const string ClientParameters = @"SYSTEM\CurrentControlSet\Services\LanmanWorkstation\Parameters";

    /// <summary>Judges a folder that exists.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="status">What the file system says about it.</param>
    /// <exception cref="StorageException">`StoreNotConsistent`.</exception>
    public static StoreMedium Judge(string path, FileStatus status)
    {
        if (OperatingSystem.IsWindows())
        {
            return JudgeWindows(path);
        }

        string? lookupCache = File.Exists(LookupCachePath) ? File.ReadAllText(LookupCachePath) : null;
        return StoreMediumJudge.JudgeMount(path, MountTable.ReadOwn().Find(status.MountId, path), lookupCache);
    }

    [SupportedOSPlatform("windows")]
    private static StoreMedium JudgeWindows(string path)
    {
        string root = Path.GetPathRoot(path) ?? path;
        if (!root.StartsWith(@"\\", StringComparison.Ordinal) && new DriveInfo(root).DriveType != DriveType.Network)
        {
            return StoreMedium.Local;
        }

        using RegistryKey? parameters = Registry.LocalMachine.OpenSubKey(ClientParameters);
        return StoreMediumJudge.JudgeShare(
            path, parameters?.GetValue("DirectoryCacheLifetime") as int?, parameters?.GetValue("FileNotFoundCacheLifetime") as int?, parameters?.GetValue("FileInfoCacheLifetime") as int?);
    }
}
