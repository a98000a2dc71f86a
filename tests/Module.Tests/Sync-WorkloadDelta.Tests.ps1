BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:disk = New-TestDisk disk.raw
    $script:one = New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $repo
    $script:mirror = Join-Path $TestDrive mirror
}

Describe 'Sync-WorkloadDelta' {
    It 'makes a mirror of a path that holds no repository' {
        $there = Sync-WorkloadDelta -Repository $repo -Destination $mirror -Name web01
        $there | Should -BeOfType Portability.WorkloadSnapshot
        $there.Id | Should -Be $one.Id
        $there.RepositoryId | Should -Be $repo.Id
        $there.RepositoryPath | Should -Be $mirror
        $there | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive first) | Should -HaveCount 1
    }

    It 'sends only what is new, from the pipeline' {
        Edit-TestDisk $disk 3MB
        $two = New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $repo
        ($two | Sync-WorkloadDelta -Destination $mirror).Sequence | Should -Be $two.Sequence
        $two | Sync-WorkloadDelta -Destination $mirror | ForEach-Object Id | Should -Be $two.Id
    }

    It 'lets the same secret open the mirror, and restores from it' {
        $open = Connect-WorkloadRepository $mirror -Passphrase (ConvertTo-Secret 'correct horse')
        $restored = Get-WorkloadSnapshot -Repository $open -Name web01 -Latest | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive restored) -Format Raw
        (Get-FileHash $restored.Path).Hash | Should -Be (Get-FileHash $disk).Hash
    }

    It 'leaves the key slots behind with -WithoutKey' {
        $bare = Join-Path $TestDrive bare
        Sync-WorkloadDelta -Repository $repo -Destination $bare -WithoutKey | Test-WorkloadSnapshot | Should -Not -Contain $false
        { Connect-WorkloadRepository $bare -Passphrase (ConvertTo-Secret 'correct horse') } | Should -Throw
    }

    It 'pulls' {
        $pulled = Join-Path $TestDrive pulled
        (Sync-WorkloadDelta -Repository $repo -Destination $pulled -Pull | Select-Object -Last 1).RepositoryPath | Should -Be $pulled
    }

    It 'leaves a receipt that a detailed test shows' {
        $result = Get-WorkloadSnapshot -Repository $mirror -Name web01 -Latest | Test-WorkloadSnapshot -Detailed
        $result.Receipts | Should -Not -BeNullOrEmpty
        $result.Receipts[0].Sequence | Should -BeGreaterOrEqual $result.Sequence
    }

    It 'sends what was rewritten at the origin, to an old mirror and to a new one' {
        $half = New-TestDisk half.raw -Length 64MB -DataAt (0..7 | ForEach-Object { $_ * 4MB }) -DataLength 2MB -Seed 21
        $first = New-WorkloadSnapshot half -BootDiskPath $half -Repository $repo
        $older = Join-Path $TestDrive older
        $null = $first | Sync-WorkloadDelta -Destination $older
        foreach ($place in 0..6) { Edit-TestDisk $half ($place * 4MB) -Length 2MB -Seed (100 + $place) }
        $second = New-WorkloadSnapshot half -BootDiskPath $half -Repository $repo
        $first | Remove-WorkloadSnapshot -Confirm:$false
        (Optimize-WorkloadRepository $repo).PacksRewritten | Should -BeGreaterThan 0
        foreach ($place in $older, (Join-Path $TestDrive newer)) {
            $there = $second | Sync-WorkloadDelta -Destination $place
            $there | Test-WorkloadSnapshot | Should -BeTrue
            $restored = $there | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive half) -Format Raw -Force
            (Get-FileHash $restored.Path).Hash | Should -Be (Get-FileHash $half).Hash
        }
    }

    It 'refuses another repository, naming both' {
        $other = New-TestRepository -Name other
        $failed = { Sync-WorkloadDelta -Repository $repo -Destination $other -ErrorAction Stop } | Should -Throw -PassThru
        $failed.ErrorDetails.Message | Should -Match $repo.Id
        $failed.ErrorDetails.Message | Should -Match $other.Id
    }

    It 'makes no new mirror where the disk of one is not mounted' {
        $place = Join-Path $TestDrive mount
        $null = Sync-WorkloadDelta -Repository $repo -Destination $place -Name web01
        Move-Item $place "$place.away"
        $null = New-Item $place -ItemType Directory
        $failed = { Sync-WorkloadDelta -Repository $repo -Destination $place -Name web01 -ErrorAction Stop } | Should -Throw -ErrorId 'InstanceVanished,*' -PassThru
        Get-ChildItem $place -Recurse -File | Should -BeNullOrEmpty
        Remove-Item $place -Recurse
        Move-Item "$place.away" $place
        Sync-WorkloadDelta -Repository $repo -Destination $place -Name web01 | Should -Not -BeNullOrEmpty

        # Removed on purpose: the recommendation names what to remove too.
        Remove-Item $place -Recurse -Force
        $failed.ErrorDetails.RecommendedAction -match 'remove the file (.+) first' | Should -BeTrue
        Remove-Item -LiteralPath $Matches[1]
        Sync-WorkloadDelta -Repository $repo -Destination $place -Name web01 | Test-WorkloadSnapshot | Should -Not -Contain $false
    }

    It 'refuses the repository itself, and a folder inside of it' {
        $link = Join-Path $TestDrive link
        $null = New-Item $link -ItemType SymbolicLink -Target $repo.Path
        foreach ($place in $repo.Path, (Join-Path $repo.Path .), $link) {
            { Sync-WorkloadDelta -Repository $repo -Destination $place -ErrorAction Stop } | Should -Throw -ErrorId 'MirrorIsOrigin,*'
        }
        foreach ($place in (Join-Path $repo.Path inner), (Join-Path $repo.Path packs/inner), (Join-Path $link inner)) {
            { Sync-WorkloadDelta -Repository $repo -Destination $place -ErrorAction Stop } | Should -Throw -ErrorId 'FolderInRepository,*'
            { New-WorkloadRepository $place -Passphrase (ConvertTo-Secret 'correct horse') } | Should -Throw -ErrorId 'FolderInRepository,*'
            $place | Should -Not -Exist
        }
    }

    It 'does nothing with -WhatIf' {
        $place = Join-Path $TestDrive whatif
        Sync-WorkloadDelta -Repository $repo -Destination $place -WhatIf | Should -BeNullOrEmpty
        $place | Should -Not -Exist
    }

    It 'ends at Ctrl+C; nothing half sent is visible, and the next one goes on' {
        $large = New-TestDisk large.raw -Length 1GB -DataAt (0..39 | ForEach-Object { $_ * 8MB }) -DataLength 4MB
        $snapshot = New-WorkloadSnapshot large -BootDiskPath $large -Repository $repo
        $place = Join-Path $TestDrive stopped
        $stopped = Stop-RunningScript 'param($snapshot, $place) $snapshot | Sync-WorkloadDelta -Destination $place' $snapshot, $place -When {
            @(Get-ChildItem (Join-Path $place packs) -Recurse -File -ErrorAction Ignore).Count -gt 0
        }
        $stopped.WasRunning | Should -BeTrue
        $stopped.State | Should -Be 'Stopped'
        $stopped.Output | Should -BeNullOrEmpty
        Get-WorkloadSnapshot -Repository $place | Should -BeNullOrEmpty
        $snapshot | Sync-WorkloadDelta -Destination $place | Test-WorkloadSnapshot -Depth Content | Should -BeTrue
        (Optimize-WorkloadRepository $place).ObjectsWaiting | Should -Be 0
        Get-WorkloadSnapshot -Repository $place | Test-WorkloadSnapshot | Should -BeTrue
    }

    It 'brings a damaged manifest back: tests are true and Optimize- works, at either side' {
        foreach ($sides in @{ From = $repo.Path; To = $mirror }, @{ From = $mirror; To = $repo.Path }) {
            $null = Sync-WorkloadDelta -Repository $sides.From -Destination $sides.To -Name web01
            $hurt = Get-WorkloadSnapshot -Repository $sides.To -Name web01 | Select-Object -First 1
            $file = Join-Path $sides.To snapshots $hurt.WorkloadId ('{0:d10}' -f $hurt.Sequence)
            $bytes = [IO.File]::ReadAllBytes($file)
            $bytes[300] = $bytes[300] -bxor 1
            (Get-Item $file).IsReadOnly = $false
            [IO.File]::WriteAllBytes($file, $bytes)
            Test-WorkloadRepository $sides.To | Should -BeFalse
            { Optimize-WorkloadRepository $sides.To -ErrorAction Stop } | Should -Throw -ErrorId 'CannotCollect*'
            $null = Sync-WorkloadDelta -Repository $sides.From -Destination $sides.To -Name web01
            Test-WorkloadRepository $sides.To | Should -BeTrue
            $again = Get-WorkloadSnapshot -Repository $sides.To -Id $hurt.Id -WarningVariable told
            $told | Should -BeNullOrEmpty
            $again | Test-WorkloadSnapshot | Should -BeTrue
            (Optimize-WorkloadRepository $sides.To).ObjectsWaiting | Should -Be 0
            $again | Test-WorkloadSnapshot | Should -BeTrue
        }
    }

    It 'keeps at the mirror what the origin removed' {
        $one | Remove-WorkloadSnapshot -Confirm:$false
        $null = Sync-WorkloadDelta -Repository $repo -Destination $mirror
        Get-WorkloadSnapshot -Repository $mirror -Id $one.Id | Test-WorkloadSnapshot | Should -BeTrue
    }
}
