# The module in a real PowerShell: Pester green with a file a cmdlet, Ctrl+C within a second and nothing half made, jobs, -WhatIf, help, other modules' copies of
# the same libraries, tables at 100 columns. Pester holds all but the time of Ctrl+C, which is measured here.
"PowerShell $($PSVersionTable.PSVersion) on $($PSVersionTable.OS)"
$tests = Join-Path $root 'tests/Module.Tests'
$manifest = Join-Path $root 'WorkloadPortability.psd1'
$cmdlets = (Import-PowerShellDataFile $manifest).CmdletsToExport
foreach ($cmdlet in $cmdlets) { Assert-True (Test-Path (Join-Path $tests "$cmdlet.Tests.ps1")) "$cmdlet has no Pester file" }
"$($cmdlets.Count) cmdlets, a Pester file each"

$summary = Join-Path $folder 'pester'
$null = Invoke-Tool pwsh -NoProfile -NonInteractive -File (Join-Path $tests Invoke-ModuleTests.ps1) -Summary $summary
$passed, $failed, $skipped = (Get-Content $summary) -split ' '
"Pester: $passed passed, $failed failed, $skipped skipped"
Assert-True ($failed -eq '0') "$failed Pester tests failed"

# Ctrl+C is what the host makes of it: Stop() of the running pipeline. What a command holds then is looked for afterwards.
$env:PORTABILITY_MODULE = $manifest
$TestDrive = $folder
. (Join-Path $tests Shared.ps1)
$large = New-TestDisk large.raw -Length 8GB -DataAt (0..255 | ForEach-Object { $_ * 16MB }) -DataLength 4MB
$repository = New-WorkloadRepository -Path (Join-Path $folder vault) -Passphrase $secret -WarningAction SilentlyContinue
$packs = { param($place) @(Get-ChildItem (Join-Path $place packs) -Recurse -File -ErrorAction Ignore) }
$snapshot = $null
$seen = @{ Since = $null }
$restored = Join-Path $folder restored
$mirror = Join-Path $folder mirror
$cases = [ordered] @{
    'capture'  = @{ Script = 'param($r, $disk) New-WorkloadSnapshot large -BootDiskPath $disk -Repository $r'; When = { @(& $packs $repository.Path).Count -gt 0 } }
    'restore'  = @{ Script = 'param($r, $disk, $s, $to) $s | Restore-WorkloadImage -DestinationPath $to -Format Qcow2'; When = { @(Get-ChildItem $restored -Force -ErrorAction Ignore).Count -gt 0 } }
    'sync'     = @{ Script = 'param($r, $disk, $s, $to, $mirror) $s | Sync-WorkloadDelta -Destination $mirror'; When = { @(& $packs $mirror).Count -gt 0 } }
    'test'     = @{ Script = 'param($r, $disk, $s) $s | Test-WorkloadSnapshot -Depth Content'; When = { $seen.Since ??= [datetime]::UtcNow; ([datetime]::UtcNow - $seen.Since).TotalMilliseconds -gt 300 } }
}
foreach ($name in $cases.Keys) {
    $case = $cases[$name]
    $stopped = Stop-RunningScript $case.Script $repository, $large, $snapshot, $restored, $mirror -When $case.When
    Assert-True ($stopped.WasRunning -and $stopped.State -eq 'Stopped') "${name}: it had ended before it was stopped ($($stopped.State))"
    Assert-True (-not $stopped.Output) "${name}: it emitted something"
    "Ctrl+C during ${name}: ended after {0:n0} ms" -f ($stopped.Seconds * 1000)
    Assert-True ($stopped.Seconds -lt 1) "${name}: it took $($stopped.Seconds) s to end"
    switch ($name) {
        'capture' {
            Assert-True (-not (Get-WorkloadSnapshot -Repository $repository)) 'a snapshot is there that was never finished'
            $freed = Optimize-WorkloadRepository $repository
            "after capture: $($freed.ObjectsDeleted) objects, $([Portability.ByteSize]::Text($freed.BytesFreed)) collected, $($freed.ObjectsWaiting) waiting"
            Assert-True ($freed.ObjectsDeleted -gt 0 -and $freed.ObjectsWaiting -eq 0 -and @(& $packs $repository.Path).Count -eq 0) 'what the capture left was not collected'
            $snapshot = New-WorkloadSnapshot large -BootDiskPath $large -Repository $repository
        }
        'restore' { Assert-True (-not (Get-ChildItem $restored -Recurse -File -Force)) 'a file was left' }
        'sync' {
            Assert-True (-not (Get-WorkloadSnapshot -Repository $mirror)) 'a snapshot is visible at the mirror that was never sent whole'
            Assert-True ($snapshot | Sync-WorkloadDelta -Destination $mirror | Test-WorkloadSnapshot) 'the next sync did not make the mirror whole'
        }
    }
}
Assert-True (@($snapshot | Remove-WorkloadSnapshot -PassThru -Confirm:$false).Count -eq 1) 'something still holds the snapshot'
'nothing holds the snapshot: it can be removed'
