# Functions that the lines share; dot-sourced by the scripts of this folder.

# Runs a program; throws with its output when it fails. Takes all arguments as they are: with a param block, PowerShell would take -O for its own.
function Invoke-Tool {
    $program = $args[0]
    $arguments = @($args | Select-Object -Skip 1)
    $output = & $program @arguments 2>&1
    if ($LASTEXITCODE -ne 0) { throw "$program $($arguments -join ' ') ended with ${LASTEXITCODE}: $($output | Select-Object -Last 15 | Out-String)" }
    $output
}

function Assert-True {
    param([bool] $Condition, [string] $Message)
    if (-not $Condition) { throw $Message }
}

# Runs a block that must fail with one error id and returns the message.
function Get-ExpectedError {
    param([Parameter(Mandatory)] [string] $Id, [Parameter(Mandatory)] [scriptblock] $Script)
    try { $null = & $Script } catch {
        Assert-True ($_.FullyQualifiedErrorId -like "$Id*") "expected $Id, got $($_.FullyQualifiedErrorId): $($_.Exception.Message)"
        return $_.Exception.Message
    }
    throw "expected $Id, but nothing failed"
}

# A sparse raw disk with random extents; the same seed makes the same disk.
function New-RandomDisk {
    param([string] $Path, [long] $Length, [int] $Extents = 40, [int] $Seed = 1, [int] $MaximumExtent = 300000)
    $random = [Random]::new($Seed)
    $stream = [IO.File]::Create($Path)
    try {
        $stream.SetLength($Length)
        for ($i = 0; $i -lt $Extents; $i++) {
            $buffer = [byte[]]::new($random.Next(1, $MaximumExtent))
            $random.NextBytes($buffer)
            $stream.Position = $random.NextInt64(0, $Length - $buffer.Length)
            $stream.Write($buffer)
        }
    } finally { $stream.Dispose() }
}

# Overwrites random places of an existing file.
function Edit-RandomDisk {
    param([string] $Path, [int] $Count = 20, [int] $Size = 4096, [int] $Seed = 2)
    $random = [Random]::new($Seed)
    $stream = [IO.File]::Open($Path, 'Open', 'ReadWrite')
    try {
        $blocks = [long][math]::Floor($stream.Length / $Size)
        for ($i = 0; $i -lt $Count; $i++) {
            $buffer = [byte[]]::new($Size)
            $random.NextBytes($buffer)
            $stream.Position = $random.NextInt64(0, $blocks) * $Size
            $stream.Write($buffer)
        }
    } finally { $stream.Dispose() }
}

function Get-FolderBytes {
    param([string] $Path)
    [long](Get-ChildItem -LiteralPath $Path -Recurse -File -Force | Measure-Object -Property Length -Sum).Sum
}

# Runs one test class (or several) of a test project and returns what it tells and its summary; a failure throws.
function Invoke-TestClass {
    param([string] $Project, [string[]] $Class, [switch] $Long)
    $before = $env:PORTABILITY_LONG
    if ($Long) { $env:PORTABILITY_LONG = '1' }
    try {
        $arguments = @('run', '--project', (Join-Path $root "tests/$Project"), '--', '--xunit-diagnostics', 'on') + @($Class | ForEach-Object { '--filter-class'; $_ })
        $output = @(Invoke-Tool dotnet @arguments)
    } finally { $env:PORTABILITY_LONG = $before }
    $text = ($output | Out-String)
    $total = if ($text -match 'total:\s*(\d+)') { [int]$Matches[1] } else { 0 }
    $skipped = if ($text -match 'skipped:\s*(\d+)') { [int]$Matches[1] } else { 0 }
    Assert-True ($total -gt 0) "no test ran for $($Class -join ', ')"
    # What tests report of themselves has a figure in it; the runner's own lines begin otherwise.
    $output | ForEach-Object { "$_" } | Where-Object { $_ -match '^[a-z0-9].*\d' -and $_ -notmatch '^(xUnit|Test run|passed|total|/)' }
    "$Project $($Class -join ', '): $($total - $skipped) passed, $skipped skipped"
}
