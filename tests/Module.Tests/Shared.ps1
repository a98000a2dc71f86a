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

# Says why a script cannot be run as a user whom permissions bind, or nothing.
function Get-OrdinaryUserReason {
    if ($IsWindows) { return 'permissions are taken away with chmod' }
    if ((id -u) -ne 0) { return }
    if (-not (Get-Command setpriv -ErrorAction Ignore)) { return 'root is bound by no permission, and there is no setpriv to become another user' }
    setpriv --reuid 65534 --regid 65534 --clear-groups test -r $env:PORTABILITY_MODULE
    if ($LASTEXITCODE -ne 0) { "user 65534 may not read '$env:PORTABILITY_MODULE'" }
}

# Runs a script in a process of its own, as user 65534 where this one is root's, with the state directory given. The script gets the arguments; what it
# emits comes back as copies. The module is imported for it, and Get-Failure, which tells how a command fails.
function Invoke-AsOrdinaryUser {
    param([string] $Script, [string[]] $ArgumentList, [string] $State)
    $file = Join-Path $TestDrive "ordinary-$([guid]::NewGuid().ToString('n')).ps1"
    Set-Content $file @"
Import-Module '$env:PORTABILITY_MODULE'
function ConvertTo-Secret { ${function:ConvertTo-Secret} }
function Get-Failure([scriptblock] `$Command) {
    try { `$null = & `$Command 3> `$null; [pscustomobject] @{ Command = "`$Command"; Id = 'none' } }
    catch { [pscustomobject] @{ Command = "`$Command"; Id = `$_.FullyQualifiedErrorId -replace ',.*'; Category = "`$(`$_.CategoryInfo.Category)"; Message = `$_.ErrorDetails.Message; Recommendation = `$_.ErrorDetails.RecommendedAction } }
}
`$ErrorActionPreference = 'Stop'
& { $Script } @args | ConvertTo-Json -AsArray
"@
    $pwsh = (Get-Process -Id $PID).Path
    $before = $env:PORTABILITY_STATE, $env:HOME
    try {
        $env:PORTABILITY_STATE = $env:HOME = $State
        $command = if ((id -u) -eq 0) {
            chown -R 65534:65534 $State
            chmod 755 $TestDrive
            chmod a+r $file
            'setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', $pwsh
        }
        else { , $pwsh }
        $first, $rest = $command
        & $first @rest -NoProfile -NonInteractive -File $file @ArgumentList | Out-String | ConvertFrom-Json
    }
    finally { $env:PORTABILITY_STATE, $env:HOME = $before }
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
