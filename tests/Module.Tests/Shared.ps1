# Loaded by the Pester files of this folder: a state directory of its own for each file, and small disks and repositories.

Import-Module $env:PORTABILITY_MODULE -Force

function Initialize-TestState {
    $env:PORTABILITY_STATE = Join-Path $TestDrive 'state'
}

function ConvertTo-Secret {
    param([string] $Text)
    $secret = [securestring]::new()
    foreach ($character in $Text.ToCharArray()) { $secret.AppendChar($character) }
    $secret
}

function New-TestRepository {
    param([string] $Name = 'vault', [string] $Secret = 'correct horse')
    New-WorkloadRepository -Path (Join-Path $TestDrive $Name) -Passphrase (ConvertTo-Secret $Secret) -WarningAction SilentlyContinue
}

# A raw image with data that does not compress, at the offsets given; the rest is a hole.
function New-TestDisk {
    param([string] $Name = 'disk.raw', [long] $Length = 8MB, [long[]] $DataAt = @(0, 1MB), [int] $DataLength = 128KB, [int] $Seed = 1, [switch] $Bootable)
    $path = Join-Path $TestDrive $Name
    $random = [Random]::new($Seed)
    $stream = [IO.File]::Create($path)
    try {
        $stream.SetLength($Length)
        foreach ($offset in $DataAt) {
            $data = [byte[]]::new($DataLength)
            $random.NextBytes($data)
            $stream.Position = $offset
            $stream.Write($data)
        }
        if ($Bootable) {
            $sector = [byte[]]::new(512)
            $sector[0x1BE] = 0x80
            $sector[0x1C2] = 0x83
            [BitConverter]::GetBytes([uint32] 2048).CopyTo($sector, 0x1C6)
            [BitConverter]::GetBytes([uint32] 4096).CopyTo($sector, 0x1CA)
            $sector[510] = 0x55
            $sector[511] = 0xAA
            $stream.Position = 0
            $stream.Write($sector)
        }
    }
    finally { $stream.Dispose() }
    $path
}

# Writes data that does not compress into an image that exists.
function Edit-TestDisk {
    param([string] $Path, [long] $Offset, [int] $Length = 64KB, [int] $Seed = 99)
    $data = [byte[]]::new($Length)
    [Random]::new($Seed).NextBytes($data)
    $stream = [IO.File]::OpenWrite($Path)
    try { $stream.Position = $Offset; $stream.Write($data) } finally { $stream.Dispose() }
}

# Names and contents of every file below a folder, to tell whether anything changed.
function Get-TreeState {
    param([string] $Path)
    Get-ChildItem $Path -Recurse -File | Sort-Object FullName | ForEach-Object { "$($_.FullName) $((Get-FileHash $_.FullName).Hash)" }
}

# Runs a script in a runspace of its own, stops it as Ctrl+C does once a condition holds, and tells how that went. The script gets the arguments
# as its parameters, and the module is imported for it.
function Stop-RunningScript {
    param([string] $Script, [object[]] $ArgumentList = @(), [scriptblock] $When)
    $shell = [powershell]::Create()
    try {
        $null = $shell.AddScript("Import-Module '$env:PORTABILITY_MODULE'").Invoke()
        $shell.Commands.Clear()
        $null = $shell.AddScript($Script)
        foreach ($argument in $ArgumentList) { $null = $shell.AddArgument($argument) }
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $running = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]] $null, $output)
        while (-not $running.IsCompleted -and -not (& $When)) { Start-Sleep -Milliseconds 5 }
        $reached = -not $running.IsCompleted
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        [pscustomobject] @{ WasRunning = $reached; State = $shell.InvocationStateInfo.State; Output = @($output); Seconds = $clock.Elapsed.TotalSeconds }
    }
    finally { $shell.Dispose() }
}
