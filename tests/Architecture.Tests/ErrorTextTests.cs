using System.Text.RegularExpressions;
using Xunit;

namespace Portability.Architecture.Tests;

/// <summary>What errors say is told in `about_WorkloadErrors`, and names only commands and parameters that exist.</summary>
public sealed partial class ErrorTextTests
{
    /// <summary>Literals that look like identifiers of errors and are none.</summary>
    private static readonly string[] NoIdentifiers =
    [
        "BitLocker", "DirectoryCacheLifetime", "FileInfoCacheLifetime", "FileNotFoundCacheLifetime", "FileSystem", "ImagePath", "LiteralPath", "PrivateKeyInfo", "SubjectPublicKeyInfo",
        "WhatIf", "WhatIfPreference", "WorkloadPortability",
    ];

    /// <summary>Parameters of other commands that recommendations name.</summary>
    private static readonly string[] OtherParameters =
    [
        "AsSecureString", "Confirm", "DirectoryCacheLifetime", "Encoding", "FileInfoCacheLifetime", "FileNotFoundCacheLifetime", "LiteralPath",
    ];

    private static string Topic => File.ReadAllText(SourceTree.File("en-US", "about_WorkloadErrors.help.txt"));

    [Fact]
    public void Each_identifier_of_an_error_is_told_in_its_topic()
    {
        var told = Word().Matches(Topic).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(Identifiers().Except(NoIdentifiers, StringComparer.Ordinal).Where(id => !told.Contains(id)));
    }

    [Fact]
    public void The_topic_tells_no_identifier_that_nothing_emits()
    {
        string list = Topic[Topic.IndexOf("\nDISKS AND IMAGES\n", StringComparison.Ordinal)..];
        IEnumerable<string> told = TopicLine().Matches(list).SelectMany(match => Word().Matches(match.Value)).Select(match => match.Value);
        Assert.Empty(told.Except(Identifiers(), StringComparer.Ordinal));
    }

    [Fact]
    public void Texts_name_only_cmdlets_and_parameters_that_exist()
    {
        var cmdlets = CmdletModel.All.Select(cmdlet => cmdlet.Name).ToHashSet(StringComparer.Ordinal);
        var parameters = CmdletModel.All.SelectMany(cmdlet => cmdlet.Parameters).Select(parameter => parameter.Name)
            .Concat(OtherParameters).ToHashSet(StringComparer.Ordinal);
        List<string> wrong = [];
        foreach ((string file, string line) in Lines(native: true))
        {
            foreach (Match text in Literal().Matches(line))
            {
                wrong.AddRange(Cmdlet().Matches(text.Value).Where(match => !cmdlets.Contains(match.Value)).Select(match => $"{file}: {match.Value}"));
                wrong.AddRange(Parameter().Matches(text.Value).Where(match => !parameters.Contains(match.Groups[1].Value)).Select(match => $"{file}: -{match.Groups[1].Value}"));
            }
        }

        foreach (string topic in SourceTree.Files("en-US", "about_*.help.txt"))
        {
            wrong.AddRange(Cmdlet().Matches(File.ReadAllText(topic)).Where(match => !cmdlets.Contains(match.Value)).Select(match => $"{Path.GetFileName(topic)}: {match.Value}"));
        }

        Assert.Empty(wrong);
    }

    private static HashSet<string> Identifiers() =>
        [.. Lines(native: false).SelectMany(place => Identifier().Matches(place.Line)).Select(match => match.Groups[1].Value)];

    // Attributes name cmdlets and aliases, and native calls name the functions of the system.
    private static IEnumerable<(string File, string Line)> Lines(bool native) =>
        from project in SourceTree.Projects()
        from file in SourceTree.Files(Path.Combine("src", project), "*.cs")
        where native || !file.Contains($"{Path.DirectorySeparatorChar}Native{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        from line in File.ReadLines(file)
        let text = line.Trim()
        where !text.StartsWith("//", StringComparison.Ordinal) && !text.StartsWith('[')
        select (SourceTree.Relative(file), text);

    [GeneratedRegex("\"([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+)\"(?!u8)")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+\b")]
    private static partial Regex Word();

    // Identifiers stand at column 4; what they mean stands from column 30 on.
    [GeneratedRegex(@"^ {4}(?:[A-Z]\w+(?:, [A-Z]\w+)*,?$|[A-Z][\w, ]{0,25}(?= ))", RegexOptions.Multiline)]
    private static partial Regex TopicLine();

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\b[A-Z][a-z]+-Workload[A-Za-z]*")]
    private static partial Regex Cmdlet();

    [GeneratedRegex(@"(?<= )-([A-Z][A-Za-z]{2,})\b")]
    private static partial Regex Parameter();
}
