BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    function Copy-Folder { param($From, $To) if (Test-Path $To) { Remove-Item $To -Recurse -Force }; Copy-Item $From $To -Recurse -Force }
    function Test-Restored {
        param($Snapshot, $Disk)
        $folder = Join-Path $TestDrive "restored-$([guid]::NewGuid())"
        (Get-FileHash ($Snapshot | Restore-WorkloadImage -DestinationPath $folder -Format Raw).Path).Hash -eq (Get-FileHash $Disk).Hash
    }
}

Describe 'A repository whose folder came back from an older copy, or was copied' {
    It 'gives no number twice that this machine has seen, and reads what the store has' -ForEach @{ Listed = $true }, @{ Listed = $false } {
        $place = Join-Path $TestDrive "vault-$Listed"; $copy = Join-Path $TestDrive "copy-$Listed"
        $repo = New-WorkloadRepository -Path $place -Passphrase (ConvertTo-SecureString test -AsPlainText -Force) -WarningAction Ignore
        $disk = New-TestDisk "disk-$Listed.raw" -Seed 1
        $null = New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $repo
        Copy-Folder $place $copy
        $disk = New-TestDisk "disk-$Listed.raw" -Seed 2
        $lost = New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $repo
        $lost.Sequence | Should -Be 2
        if ($Listed) { @(Get-WorkloadSnapshot -Repository $repo).Count | Should -Be 2 }
        Copy-Folder $copy $place
        $disk = New-TestDisk "disk-$Listed.raw" -Seed 3
        $new = New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $repo -WarningVariable warned -WarningAction SilentlyContinue
        $new.Sequence | Should -Be 3
        "$warned" | Should -Match 'saw snapshot 2'
        $new | Test-WorkloadSnapshot -Depth Content | Should -BeTrue
        Test-Restored $new $disk | Should -BeTrue
        $next = New-WorkloadSnapshot web01 -BootDiskPath (New-TestDisk "disk-$Listed.raw" -Seed 4) -Repository $repo
        $next | Test-WorkloadSnapshot -Depth Content | Should -BeTrue
        $sent = Sync-WorkloadDelta -Repository $repo -Destination (Join-Path $TestDrive "mirror-$Listed") -Name web01
        @($sent.Sequence) | Should -Be 1, 3, 4
    }

    It 'reads the manifests of each copy, though both have a snapshot of one number' {
        $place = Join-Path $TestDrive twins; $copy = Join-Path $TestDrive twins-copy
        $repo = New-WorkloadRepository -Path $place -Passphrase (ConvertTo-SecureString test -AsPlainText -Force) -WarningAction Ignore
        $disk = New-TestDisk twin.raw -Seed 11
        $null = New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $repo
        Copy-Folder $place $copy
        # Another machine, which knows nothing of the first one's number 2, writes to the copy.
        $state = $env:PORTABILITY_STATE
        $other = New-TestDisk twin-other.raw -Seed 12
        try {
            $env:PORTABILITY_STATE = Join-Path $TestDrive state-other
            Copy-Folder $state $env:PORTABILITY_STATE
            $second = Connect-WorkloadRepository -Path $copy -Passphrase (ConvertTo-SecureString test -AsPlainText -Force)
            (New-WorkloadSnapshot web01 -BootDiskPath $other -Repository $second).Sequence | Should -Be 2
        }
        finally { $env:PORTABILITY_STATE = $state }
        $mine = New-TestDisk twin-mine.raw -Seed 13
        (New-WorkloadSnapshot web01 -BootDiskPath $mine -Repository $repo).Sequence | Should -Be 2
        @(Get-WorkloadSnapshot -Repository $repo).Count | Should -Be 2
        Remove-Item $place -Recurse -Force
        Copy-Folder $copy $place
        $again = Connect-WorkloadRepository -Path $place -Passphrase (ConvertTo-SecureString test -AsPlainText -Force)
        $theirs = @(Get-WorkloadSnapshot -Repository $again)[-1]
        # Whole, and not what this machine has seen there: both are told.
        $found = @(($theirs | Test-WorkloadSnapshot -Depth Content -Detailed).Findings)
        $found.Kind | Should -Be Exchanged -Because "$($found.Message)"
        Test-Restored $theirs $other | Should -BeTrue
    }
}
