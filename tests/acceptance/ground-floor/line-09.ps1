# Damage of every kind to every object of a small repository: named with object, offset and snapshots, or without effect. A missing newest manifest is missed.
$vault = Join-Path $folder 'vault'
$boot = Join-Path $folder 'boot.raw'; $data = Join-Path $folder 'data.raw'
New-RandomDisk -Path $boot -Length 1MB -Extents 4 -Seed 91 -MaximumExtent 20000
New-RandomDisk -Path $data -Length 1MB -Extents 4 -Seed 92 -MaximumExtent 20000
$repository = New-WorkloadRepository -Path $vault -Passphrase $secret -Confirm:$false -WarningAction Ignore
$null = New-WorkloadSnapshot -Name web01 -BootDiskPath $boot -DataDiskPath $data -Repository $repository
Edit-RandomDisk -Path $boot -Count 3 -Seed 93; Edit-RandomDisk -Path $data -Count 3 -Seed 94
$null = New-WorkloadSnapshot -Name web01 -BootDiskPath $boot -DataDiskPath $data -Repository $repository
$files = @(Get-ChildItem -LiteralPath $vault -Recurse -File -Force | Sort-Object FullName)
$byName = [ordered]@{}
foreach ($file in $files) { $byName[[IO.Path]::GetRelativePath($vault, $file.FullName).Replace('\', '/')] = [IO.File]::ReadAllBytes($file.FullName) }
$keyless = Connect-WorkloadRepository -Path $vault
Assert-True (-not $keyless.HasKey) 'a connection without a secret has a key'
Assert-True ((Test-WorkloadRepository $repository)) 'the repository is not sound before any damage'
$tries = 0; $silent = [Collections.Generic.SortedSet[string]]::new(); $offsets = 0; $snapshots = 0
foreach ($name in $byName.Keys) {
    $path = Join-Path $vault $name; $bytes = $byName[$name]
    $damages = [Collections.Generic.List[object]]::new()
    foreach ($at in 0, [int]($bytes.Length / 2), ($bytes.Length - 1)) { $changed = [byte[]]$bytes.Clone(); $changed[$at] = $changed[$at] -bxor 8; $damages.Add(@("byte $at flipped", $changed)) }
    $damages.Add(@('cut', [byte[]]$bytes[0..([int]($bytes.Length / 2))])); $damages.Add(@('removed', $null))
    $sibling = @($byName.Keys) | Where-Object { $_ -ne $name -and $_.Split('/')[0] -eq $name.Split('/')[0] } | Select-Object -First 1
    if ($sibling) { $damages.Add(@("exchanged for $sibling", $byName[$sibling])) }
    foreach ($damage in $damages) {
        if (Test-Path -LiteralPath $path) { Remove-Item -LiteralPath $path -Force }
        if ($damage[1]) { [IO.File]::WriteAllBytes($path, $damage[1]) }
        foreach ($side in $keyless, $repository) {
            $tries++
            $result = Test-WorkloadRepository -Repository $side -Detailed -Depth ($side.HasKey ? 'Content' : 'Objects')
            $found = @($result.Findings).Where({ $_.ObjectName -eq $name })
            if ($name -like 'leases/*') { Assert-True (@($result.Findings).Count -eq 0) "$name, $($damage[0]): $($result.Findings)"; $null = $silent.Add($name); continue }
            if ($name -like 'locations/*' -and $damage[0] -eq 'removed') { $found = @($result.Findings).Where({ $_.Kind -eq 'NotLocated' }) }
            Assert-True ($found.Count -gt 0) "$name, $($damage[0]): not named; $($result.Findings)"
            if ($found[0].Offset -ge 0) { $offsets++ }
            if (@($found[0].Snapshots).Count) { $snapshots++ }
        }
    }
    if (Test-Path -LiteralPath $path) { Remove-Item -LiteralPath $path -Force }
    [IO.File]::WriteAllBytes($path, $bytes)
}
Assert-True ((Test-WorkloadRepository $repository)) 'the repository is not sound after it was put back'
"$($byName.Count) objects, $tries tests of damage, with and without a key: all named, $offsets with an offset, $snapshots with the snapshots concerned"
"without effect: $($silent.Count) lease records, since a lease that has ended holds nothing that a snapshot needs"
$newest = @($byName.Keys).Where({ $_ -match '^snapshots/.*/0000000002$' })[0]
Remove-Item -LiteralPath (Join-Path $vault $newest) -Force
$result = Test-WorkloadRepository -Repository $keyless -Detailed
Assert-True (@($result.Findings).Where({ $_.Kind -eq 'RolledBack' -and $_.ObjectName -eq $newest }).Count -eq 1) "the missing newest manifest is not missed: $($result.Findings)"
"newest manifest removed: $(@($result.Findings).Where({ $_.Kind -eq 'RolledBack' })[0].Message)"
Invoke-TestClass -Project Engine.Tests -Class '*EveryByteTests', '*DamageTests', '*ForgeryTests' -Long:$Long
