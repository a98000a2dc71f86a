# Mirrors: what somebody did to one is found without a key; syncs that were cut go on; damage at the origin is repaired from the mirror.
$vault = Join-Path $folder 'vault'; $mirror = Join-Path $folder 'mirror'
$web = Join-Path $folder 'web.raw'; $db = Join-Path $folder 'db.raw'
New-RandomDisk -Path $web -Length 64MB -Extents 40 -Seed 101
New-RandomDisk -Path $db -Length 8MB -Extents 6 -Seed 102
$repository = New-WorkloadRepository -Path $vault -Passphrase $secret -Confirm:$false -WarningAction Ignore
$first = New-WorkloadSnapshot -Name web01 -BootDiskPath $web -Repository $repository
Edit-RandomDisk -Path $web -Count 40 -Seed 103
$second = New-WorkloadSnapshot -Name web01 -BootDiskPath $web -Repository $repository
$null = New-WorkloadSnapshot -Name db01 -BootDiskPath $db -Repository $repository
$null = Sync-WorkloadDelta -Repository $repository -Destination $mirror

function Test-Mirror {
    # Another machine: its own state directory, the owner's fingerprint, no secret.
    $state = $env:PORTABILITY_STATE; $env:PORTABILITY_STATE = Join-Path $folder "verifier-$([guid]::NewGuid().ToString('n'))"
    try {
        $keyless = Connect-WorkloadRepository -Path $mirror -Fingerprint $repository.OwnerFingerprint
        Assert-True (-not $keyless.HasKey) 'the verifier has a key'
        Test-WorkloadRepository -Repository $keyless -Detailed
    } finally { $env:PORTABILITY_STATE = $state }
}
function Test-Attack {
    param([string] $What, [string] $Kind, [string] $Path, [AllowNull()] [byte[]] $Bytes)
    $full = Join-Path $mirror $Path
    $kept = (Test-Path -LiteralPath $full) ? [IO.File]::ReadAllBytes($full) : $null
    if ($kept) { Remove-Item -LiteralPath $full -Force }
    if ($Bytes) { [IO.File]::WriteAllBytes($full, $Bytes) }
    $result = Test-Mirror
    $found = @($result.Findings).Where({ $_.Kind -in $Kind.Split('|') -and ($_.ObjectName -eq $Path -or ($Kind -eq 'Missing' -and $_.ObjectName.Split('.')[0] -eq $Path.Split('.')[0])) })
    if ($Bytes) { Remove-Item -LiteralPath $full -Force }
    if ($kept) { [IO.File]::WriteAllBytes($full, $kept) }
    Assert-True (-not $result.IsHealthy -and $found.Count -gt 0) "${What}: not found; $($result.Findings)"
    "  ${What}: $($found[0].Kind), concerns $(@($found[0].Snapshots) -join ' ')"
}
function Get-Relative { param([string] $Like) @(Get-ChildItem -LiteralPath $mirror -Recurse -File).ForEach({ [IO.Path]::GetRelativePath($mirror, $_.FullName).Replace('\', '/') }).Where({ $_ -like $Like }) | Sort-Object }

function Test-AllAttacks {
    param([string] $When)
    $result = Test-Mirror
    Assert-True $result.IsHealthy "${When}: the mirror is not sound before: $($result.Findings)"
    "${When}: sound without a key, $($result.SnapshotCount) snapshots, $($result.ObjectCount) objects"
    $packs = @(Get-Relative 'packs/*'); $manifests = @(Get-Relative "snapshots/$($second.WorkloadId)/0*").Where({ $_ -match '/\d{10}$' })
    $others = @(Get-Relative 'snapshots/*').Where({ $_ -notlike "*$($second.WorkloadId)*" -and $_ -match '/\d{10}$' })
    $flipped = [IO.File]::ReadAllBytes((Join-Path $mirror $packs[0])); $flipped[1000] = $flipped[1000] -bxor 1
    Test-Attack 'flipped byte' 'Damaged' $packs[0] $flipped
    Test-Attack 'exchanged pack' 'Damaged|Exchanged' $packs[0] ([IO.File]::ReadAllBytes((Join-Path $mirror $packs[1])))
    Test-Attack 'missing object' 'Missing' $packs[0] $null
    $newest = [IO.File]::ReadAllBytes((Join-Path $mirror $manifests[-1])); $forged = [byte[]]$newest.Clone(); $forged[400] = $forged[400] -bxor 1
    Test-Attack 'forged manifest' 'Damaged' $manifests[-1] $forged
    $next = ($manifests[-1] -replace '\d{10}$') + ('{0:d10}' -f ([long]($manifests[-1] -replace '.*/') + 1))
    Test-Attack 'replayed older manifest' 'Exchanged' $next $newest
    Test-Attack 'manifest of another workload' 'Exchanged' $next ([IO.File]::ReadAllBytes((Join-Path $mirror $others[0])))
    Test-Attack 'missing newest manifest (by the receipt)' 'RolledBack' $manifests[-1] $null
}
Test-AllAttacks 'mirror'

# Damage at the origin comes back from the mirror.
$pack = @(Get-ChildItem (Join-Path $vault 'packs') -Recurse -File | Sort-Object Length)[-1].FullName
$bytes = [IO.File]::ReadAllBytes($pack); $bytes[5000] = $bytes[5000] -bxor 1; Remove-Item $pack -Force; [IO.File]::WriteAllBytes($pack, $bytes)
Assert-True (-not (Test-WorkloadRepository $repository)) 'the damage at the origin is not found'
$open = Connect-WorkloadRepository -Path $mirror -Passphrase $secret
$null = Sync-WorkloadDelta -Repository $open -Destination $vault
Assert-True (Test-WorkloadRepository $repository) 'the origin was not repaired'
"damaged pack of $($bytes.Length) bytes at the origin: repaired from the mirror"

# The same attacks after parents were removed and packs compacted at the origin.
Edit-RandomDisk -Path $web -Count 400 -Seed 104
$third = New-WorkloadSnapshot -Name web01 -BootDiskPath $web -Repository $repository
$first, $second | Remove-WorkloadSnapshot -Confirm:$false
$freed = Optimize-WorkloadRepository -Repository $repository
"origin: two parents removed, $($freed.BytesFreed) bytes freed, $($freed.ObjectsDeleted) objects deleted"
$null = Sync-WorkloadDelta -Repository $repository -Destination $mirror
Test-AllAttacks 'mirror after that'
$fresh = Join-Path $folder 'fresh'; $mirror = $fresh
$null = Sync-WorkloadDelta -Repository $repository -Destination $mirror
Test-AllAttacks 'new mirror after that'
$open = Connect-WorkloadRepository -Path $mirror -Passphrase $secret
$disk = Get-WorkloadSnapshot -Repository $open -Name web01 -Latest | Restore-WorkloadImage -DestinationPath (Join-Path $folder 'restored') -Format Raw
Invoke-Tool cmp $web $disk.Path | Out-Null
'restored from the new mirror: equal'
Invoke-TestClass -Project Engine.Tests -Class '*SyncCutTests', '*MirrorAttackTests', '*SyncTests' -Long:$Long
