#Requires -Version 7.6
#Requires -Modules Microsoft.PowerShell.PlatyPS

<#
.SYNOPSIS
    Brings the help pages of this folder up to date with the cmdlets, and makes the module's help file of them.
.DESCRIPTION
    Syntax and parameters come from the cmdlets, with their HelpMessage; all other text is that of the page. A page that still holds a
    placeholder is an error.
#>
[CmdletBinding()]
param()

$ErrorActionPreference = 'Stop'
$root = Split-Path (Split-Path $PSScriptRoot)
$output = Join-Path $root out/help
Import-Module (Join-Path $root WorkloadPortability.psd1) -Force
Import-Module Microsoft.PowerShell.PlatyPS

$common = @{
    AsJob   = 'Run in the background and return a job. Questions are asked before the job starts.'
    Confirm = 'Ask before doing what the command would do.'
    WhatIf  = 'Say what the command would do, and do nothing.'
}

foreach ($command in Get-Command -Module WorkloadPortability -CommandType Cmdlet) {
    $page = Join-Path $PSScriptRoot "$($command.Name).md"
    $help = New-CommandHelp -CommandInfo $command
    if (Test-Path $page) {
        $written = Import-MarkdownCommandHelp -Path $page
        foreach ($part in 'Synopsis', 'Description', 'Notes', 'Aliases') { $help.$part = $written.$part }
        foreach ($part in 'Examples', 'RelatedLinks') {
            $help.$part.Clear()
            $help.$part.AddRange($written.$part)
        }
        foreach ($part in 'Inputs', 'Outputs') {
            foreach ($type in $help.$part) {
                $known = $written.$part | Where-Object Typename -EQ $type.Typename
                if ($known) { $type.Description = $known.Description }
            }
            if (-not $help.$part.Count) { $help.$part.AddRange($written.$part) }
        }
    }
    foreach ($parameter in $help.Parameters) {
        $messages = $command.Parameters[$parameter.Name].Attributes.Where{ $_ -is [Parameter] }.HelpMessage | Where-Object { $_ } | Select-Object -Unique
        $parameter.Description = $common[$parameter.Name] ?? ($messages -join "`n`n")
    }
    $made = $help | Export-MarkdownCommandHelp -OutputFolder $output -Force
    # The tool writes a byte order mark, the date of the day and spaces at line ends; none of them is content.
    $text = [IO.File]::ReadAllText($made.FullName) -replace '\r\n', "`n" -replace '(?m)^ms\.date:.*\n', '' -replace '(?m)[ \t]+$', '' -replace '\n{3,}', "`n`n" -replace '\n+\z', "`n"
    [IO.File]::WriteAllText($page, $text)
}

$pages = Get-ChildItem $PSScriptRoot -Filter *-*.md
$open = $pages | Select-String -SimpleMatch '{{'
if ($open) { throw "Help pages still hold placeholders:`n$($open -join "`n")" }
$bad = $pages | Where-Object { -not (Test-MarkdownCommandHelp -Path $_.FullName) }
if ($bad) { throw "Help pages lack parts: $($bad.Name -join ', ')" }

$null = $pages | ForEach-Object { Import-MarkdownCommandHelp -Path $_.FullName } | Export-MamlCommandHelp -OutputFolder $output -Force
$made = Join-Path $output WorkloadPortability/Portability.Module.dll-Help.xml
[xml] $help = Get-Content $made -Raw

# Examples arrive as one text with code fences; Get-Help wants code and remarks apart.
$maml = 'http://schemas.microsoft.com/maml/2004/10'
$dev = 'http://schemas.microsoft.com/maml/dev/2004/10'
$names = [Xml.XmlNamespaceManager]::new($help.NameTable)
$names.AddNamespace('command', 'http://schemas.microsoft.com/maml/dev/command/2004/10')
$names.AddNamespace('maml', $maml)
$names.AddNamespace('dev', $dev)
foreach ($example in $help.SelectNodes('//command:example', $names)) {
    $lines = @($example.SelectNodes('maml:introduction/maml:para | dev:remarks/maml:para', $names) | ForEach-Object { $_.InnerText -split '\r?\n' })
    $code = [Collections.Generic.List[string]]::new()
    $prose = [Collections.Generic.List[string]]::new()
    $inside = $false
    foreach ($line in $lines) {
        if ($line -match '^\s*```') { $inside = -not $inside; continue }
        if ($inside) { $code.Add($line) } elseif ($line.Trim([char]0x80, ' ')) { $prose.Add($line.Trim()) }
    }
    $example.SelectSingleNode('dev:code', $names).InnerText = $code -join "`n"
    foreach ($place in 'maml:introduction', 'dev:remarks') {
        $node = $example.SelectSingleNode($place, $names)
        if ($node) { $node.RemoveAll() }
    }
    $remarks = $example.SelectSingleNode('dev:remarks', $names)
    foreach ($line in $prose) {
        $para = $help.CreateElement('maml', 'para', $maml)
        $para.InnerText = $line
        $null = $remarks.AppendChild($para)
    }
}

# Links between pages are of use in the folder of pages only: Get-Help wants an address or nothing.
foreach ($link in $help.SelectNodes('//maml:navigationLink', $names)) {
    $uri = $link.SelectSingleNode('maml:uri', $names)
    if ($uri -and $uri.InnerText -notmatch '^https?://') { $uri.InnerText = '' }
    if ($link.SelectSingleNode('maml:linkText', $names).InnerText -eq 'Online Version' -and -not $uri.InnerText) { $null = $link.ParentNode.RemoveChild($link) }
}

$settings = [Xml.XmlWriterSettings]@{ Indent = $true; Encoding = [Text.UTF8Encoding]::new($false); NewLineChars = "`n" }
$target = Join-Path $root en-US/Portability.Module.dll-Help.xml
$null = New-Item (Split-Path $target) -ItemType Directory -Force
$writer = [Xml.XmlWriter]::Create($target, $settings)
try { $help.Save($writer) } finally { $writer.Dispose() }
[IO.File]::AppendAllText($target, "`n")
Write-Host "Wrote $target with $($pages.Count) commands."
