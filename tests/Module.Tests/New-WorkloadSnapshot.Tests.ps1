BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:boot = New-TestDisk boot.raw -Bootable
    $script:data = New-TestDisk data.raw -Seed 2
}

Describe 'New-WorkloadSnapshot' {
    It 'captures disks and emits the snapshot' {
        $made = New-WorkloadSnapshot -Name first -BootDiskPath $boot -DataDiskPath $data -Repository $repo -Tag nightly, test
        $made | Should -BeOfType Portability.WorkloadSnapshot
        $made.Name | Should -Be 'first'
        $made.Sequence | Should -Be 1
        $made.ParentId | Should -Be ([guid]::Empty)
        $made.Disks.Role | Should -Be @('Boot', 'Data')
        $made.LogicalBytes | Should -Be 16MB
        $made.ChangedBytes | Should -BeGreaterThan 0
        $made.StoredBytes | Should -BeGreaterThan 0
        $made.Tag | Should -Be @('nightly', 'test')
        $made.CreatedUtc.Kind | Should -Be 'Utc'
        $made.RepositoryId | Should -Be $repo.Id
    }

    It 'captures a block device again and again, and refuses one that is mounted' {
        $loop = ($IsLinux -and (id -u) -eq '0' -and (Get-Command losetup -ErrorAction Ignore)) ? (losetup --find --show (New-TestDisk device.raw -Length 16MB -Bootable) 2>$null) : $null
        if (-not $loop) { Set-ItResult -Skipped -Because 'this machine makes no loop devices'; return }
        try {
            (Get-WorkloadDisk $loop).SubFormat | Should -Be Device
            $one = New-WorkloadSnapshot device -DataDiskPath $loop -Repository $repo
            $one.LogicalBytes | Should -Be 16MB
            Edit-TestDisk $loop -Offset 4MB -Length 64KB
            $two = New-WorkloadSnapshot device -DataDiskPath $loop -Repository $repo
            $two.ChangedBytes | Should -Be 64KB
            $restored = $two | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive device) -Format Raw
            (Get-FileHash $restored.Path).Hash | Should -Be (Get-FileHash $loop).Hash
            mkfs.ext4 -q -F $loop
            $mount = (New-Item -ItemType Directory (Join-Path $TestDrive device-mount)).FullName
            mount $loop $mount
            if ($LASTEXITCODE -eq 0) {
                try { { New-WorkloadSnapshot device -DataDiskPath $loop -Repository $repo -ErrorAction Stop } | Should -Throw -ErrorId 'DiskInUse,*' }
                finally { umount $mount }
            }
        }
        finally { losetup --detach $loop }
    }

    It 'gives its memory back, capture after capture' {
        $disk = New-TestDisk often.raw -Length 8MB -DataAt 0 -DataLength 8MB
        $held = foreach ($round in 1..20) {
            Edit-TestDisk $disk -Offset ($round * 256KB) -Length 4KB
            $null = New-WorkloadSnapshot often -BootDiskPath $disk -Repository $repo
            [GC]::Collect(); [GC]::WaitForPendingFinalizers()
            [GC]::GetTotalMemory($true)
        }
        ($held[-1] - $held[4]) | Should -BeLessThan 16MB
    }

    It 'stores with -Full what the store has lost of <_>' -ForEach 'packs', 'maps', 'references' {
        $vault = New-TestRepository "vault-$_"
        $disk = New-TestDisk "lost-$_.raw" -Length 16MB -DataAt 0 -DataLength 4MB
        $null = New-WorkloadSnapshot lost -BootDiskPath $disk -Repository $vault
        Remove-Item (Join-Path $vault.Path $_) -Recurse -Force
        $again = New-WorkloadSnapshot lost -BootDiskPath $disk -Repository $vault -Full -WarningVariable warned -WarningAction SilentlyContinue
        "$warned" | Should -Match 'nothing of it is relied on'
        $again | Test-WorkloadSnapshot -Depth Content | Should -BeTrue
        (Get-FileHash ($again | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive "lost-$_") -Format Raw).Path).Hash | Should -Be (Get-FileHash $disk).Hash
        New-WorkloadSnapshot lost -BootDiskPath $disk -Repository $vault | Test-WorkloadSnapshot | Should -BeTrue
    }

    It 'stores only what changed' {
        $disk = New-TestDisk delta.raw -Length 32MB -DataAt (0..15 | ForEach-Object { $_ * 1MB }) -DataLength 1MB
        $one = New-WorkloadSnapshot delta -BootDiskPath $disk -Repository $repo
        Edit-TestDisk $disk -Offset 3MB -Length 64KB
        $two = New-WorkloadSnapshot delta -BootDiskPath $disk -Repository $repo
        $two.Sequence | Should -Be 2
        $two.ParentId | Should -Be $one.Id
        $two.ChangedBytes | Should -Be 64KB
        $two.StoredBytes | Should -BeLessThan ($one.StoredBytes / 10)
    }

    It 'needs only the name of a registered workload' {
        $null = Register-Workload web01 -BootDiskPath $boot -DataDiskPath $data -Repository $repo -Memory 4GB
        $made = New-WorkloadSnapshot web01 -Repository $repo
        $made.Disks | Should -HaveCount 2
        $made.Machine.MemoryBytes | Should -Be 4GB
    }

    It 'captures workloads from the pipeline' {
        (Get-Workload web01 -Repository $repo | New-WorkloadSnapshot -Tag piped).Tag | Should -Be 'piped'
    }

    It 'captures a workload with the key of where it came from, whatever was connected since' {
        $workload = Get-Workload web01 -Repository $repo
        $null = Connect-WorkloadRepository $repo.Path
        ($workload | New-WorkloadSnapshot -Tag own).Tag | Should -Be 'own'
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($workload))
        $null = Connect-WorkloadRepository $repo.Path -Passphrase (ConvertTo-Secret 'correct horse')
        ($copy | New-WorkloadSnapshot -Tag copy).Name | Should -Be 'web01'
    }

    It 'shows the partitions of its disks as Get-WorkloadDisk does, to holders of a key' {
        $made = New-WorkloadSnapshot parts -BootDiskPath $boot -DataDiskPath $data -Repository $repo
        $shown = Get-WorkloadDisk $boot
        $shown.Partitions | Should -HaveCount 1
        foreach ($snapshot in $made, (Get-WorkloadSnapshot -Repository $repo -Name parts)) {
            $snapshot.Disks[0].PartitionStyle | Should -Be $shown.PartitionStyle
            $snapshot.Disks[0].Format | Should -Be $shown.Format
            $snapshot.Disks[0].Partitions | ConvertTo-Json | Should -Be ($shown.Partitions | ConvertTo-Json)
            $snapshot.Disks[1].Partitions | Should -BeNullOrEmpty
        }
        $keyless = Connect-WorkloadRepository $repo.Path
        (Get-WorkloadSnapshot -Repository $keyless -Name parts).Disks.Partitions | Should -BeNullOrEmpty
        $null = Connect-WorkloadRepository $repo.Path -Passphrase (ConvertTo-Secret 'correct horse')
    }

    It 'takes the bytes of a raw disk that looks like an image only with -Format, which a registration keeps' {
        $looks = New-TestDisk looks.raw
        $magic = [byte[]] (0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3)
        $stream = [IO.File]::OpenWrite($looks)
        try { $stream.Write($magic) } finally { $stream.Dispose() }
        $failed = { New-WorkloadSnapshot looks -BootDiskPath $looks -Repository $repo -ErrorAction Stop } | Should -Throw -PassThru
        $failed.ErrorDetails.RecommendedAction | Should -Match '-Format'
        $made = New-WorkloadSnapshot looks -BootDiskPath $looks -Format Raw -Repository $repo
        $made.Disks[0].Length | Should -Be 8MB
        (Register-Workload looks -BootDiskPath $looks -Format Raw -Repository $repo).Disks[0].Format | Should -Be 'Raw'
        (New-WorkloadSnapshot looks -Repository $repo).ChangedBytes | Should -Be 0
        { New-WorkloadSnapshot looks -Repository $repo -Format Qcow2 -ErrorAction Stop } | Should -Throw
        (Set-Workload looks -Format Qcow2 -Repository $repo -PassThru -ErrorAction Ignore) | Should -BeNullOrEmpty
        (Get-Workload looks -Repository $repo).Disks[0].Format | Should -Be 'Raw'
    }

    It 'says which right is missing, at a source and at a store, and leaves nothing half made' {
        if ($reason = Get-OrdinaryUserReason) { Set-ItResult -Skipped -Because $reason; return }
        $closed = Join-Path $TestDrive closed
        $open = Join-Path $TestDrive open
        $state = Join-Path $TestDrive 'ordinary-state'
        $hidden = New-TestDisk hidden.raw
        $vault = New-TestRepository ordinary
        $null = New-WorkloadSnapshot web01 -BootDiskPath $boot -Repository $vault
        foreach ($copy in $closed, $open) { Copy-Item $vault.Path $copy -Recurse }
        Copy-Item $env:PORTABILITY_STATE $state -Recurse
        if ((id -u) -eq 0) { chown -R 65534:65534 $open }
        chmod -R 'a+rX,a-w' $closed
        chmod a+r $boot
        chmod 000 $hidden
        $before = Get-TreeState $closed
        $objects = @(Get-ChildItem (Join-Path $open packs), (Join-Path $open snapshots) -Recurse -File).FullName
        try {
            $found = Invoke-AsOrdinaryUser -State $state -ArgumentList $open, $closed, $hidden, $boot, (Join-Path $TestDrive 'ordinary-state/restored') -Script {
                param($open, $closed, $hidden, $disk, $target)
                $writable = Connect-WorkloadRepository $open -Passphrase (ConvertTo-Secret 'correct horse')
                $denied = Connect-WorkloadRepository $closed -Passphrase (ConvertTo-Secret 'correct horse')
                Get-Failure { New-WorkloadSnapshot web01 -BootDiskPath $hidden -Repository $writable }
                Get-Failure { Get-WorkloadDisk $hidden }
                Get-Failure { New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $denied }
                Get-Failure { Register-Workload web02 -BootDiskPath $disk -Repository $denied }
                Get-Failure { Get-WorkloadSnapshot -Repository $denied | Remove-WorkloadSnapshot -Confirm:$false }
                Get-Failure { Optimize-WorkloadRepository $denied }
                Get-Failure { Sync-WorkloadDelta -Repository $writable -Destination $closed }
                Get-Failure { New-WorkloadRepository -Path /portability-denied -Passphrase (ConvertTo-Secret 'correct horse') }
                Get-Failure { Get-WorkloadSnapshot -Repository $denied | Restore-WorkloadImage -DestinationPath $closed }
                # What needs no writing goes on.
                [pscustomobject] @{
                    Tested = Test-WorkloadRepository $denied
                    Restored = (Get-WorkloadSnapshot -Repository $denied | Restore-WorkloadImage -DestinationPath $target -Format Raw -WarningAction Ignore).Path
                }
            }
            $found | Should -HaveCount 10
            foreach ($failure in $found | Select-Object -First 9) {
                $failure.Id | Should -BeIn AccessDenied, StoreAccessDenied -Because $failure.Command
                $failure.Category | Should -Be 'PermissionDenied' -Because $failure.Command
                $failure.Message | Should -Match 'access is denied' -Because $failure.Command
                $failure.Message | Should -Not -Match "''" -Because $failure.Command
                $failure.Recommendation | Should -Match '^Grant ' -Because $failure.Command
            }
            $found[0].Message | Should -Match ([regex]::Escape($hidden))
            $found[9].Tested | Should -BeTrue
            (Get-FileHash $found[9].Restored).Hash | Should -Be (Get-FileHash $boot).Hash
            Get-TreeState $closed | Should -Be $before
            @(Get-ChildItem (Join-Path $open packs), (Join-Path $open snapshots) -Recurse -File).FullName | Should -Be $objects
        }
        finally { chmod -R u+rwX $closed $hidden }
    }

    It 'tells with -WhatIf what it would read, and does nothing' {
        $before = Get-TreeState $repo.Path
        New-WorkloadSnapshot whatif -BootDiskPath $boot -Repository $repo -WhatIf | Should -BeNullOrEmpty
        Get-TreeState $repo.Path | Should -Be $before
    }

    It 'runs as a job' {
        $job = New-WorkloadSnapshot job -BootDiskPath $boot -Repository $repo -AsJob
        $job | Should -BeOfType System.Management.Automation.Job
        Get-Job -Id $job.Id | Should -Not -BeNullOrEmpty
        $made = $job | Wait-Job | Receive-Job
        $job.State | Should -Be 'Completed'
        $made.Name | Should -Be 'job'
        ($made | Test-WorkloadSnapshot) | Should -BeTrue
        $job | Remove-Job
    }

    It 'ends a job as failed, with the error' {
        $job = New-WorkloadSnapshot gone -BootDiskPath (Join-Path $TestDrive none.raw) -Repository $repo -AsJob
        $null = $job | Wait-Job
        $job.State | Should -Be 'Failed'
        $job | Receive-Job -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $job | Remove-Job
    }

    It 'refuses a disk that something has open for writing' -Skip:(-not $IsLinux -or -not (Get-Command qemu-io -ErrorAction Ignore)) {
        $disk = New-TestDisk busy.raw
        $start = [Diagnostics.ProcessStartInfo]::new('qemu-io', @('-f', 'raw', $disk))
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $busy = [Diagnostics.Process]::Start($start)
        try {
            $busy.StandardInput.WriteLine('length')
            $null = $busy.StandardOutput.ReadLine()
            { New-WorkloadSnapshot busy -BootDiskPath $disk -Repository $repo -ErrorAction Stop } | Should -Throw -ErrorId 'DiskInUse,*'
        }
        finally { $busy.Kill(); $busy.WaitForExit() }
    }

    It 'refuses a disk that a program writes which knows no locks' -Skip:(-not $IsLinux) {
        $disk = New-TestDisk plain.raw
        $start = [Diagnostics.ProcessStartInfo]::new('sh', [string[]] ('-c', 'exec 3>>"$0"; echo held; read line', $disk))
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $busy = [Diagnostics.Process]::Start($start)
        try {
            $busy.StandardOutput.ReadLine() | Should -Be 'held'
            $failed = { New-WorkloadSnapshot plain -BootDiskPath $disk -Repository $repo -ErrorAction Stop } | Should -Throw -ErrorId 'DiskInUse,*' -PassThru
            $failed.ErrorDetails.Message | Should -Match "process $($busy.Id)"
        }
        finally { $busy.Kill(); $busy.WaitForExit() }
        New-WorkloadSnapshot plain -BootDiskPath $disk -Repository $repo | Should -HaveCount 1
    }

    It 'refuses one disk under two names' -Skip:$IsWindows {
        $disk = New-TestDisk twice.raw
        foreach ($kind in 'SymbolicLink', 'HardLink') {
            $link = (New-Item -ItemType $kind -Path (Join-Path $TestDrive "$kind.raw") -Target $disk).FullName
            { New-WorkloadSnapshot twice -BootDiskPath $disk -DataDiskPath $link -Repository $repo -ErrorAction Stop } | Should -Throw -ErrorId 'DiskGivenTwice,*'
            { Register-Workload twice -BootDiskPath $disk -DataDiskPath $link -Repository $repo -ErrorAction Stop } | Should -Throw -ErrorId 'DiskGivenTwice,*'
        }
    }

    It 'looks for parents where it is told, of registered disks too' -Skip:(-not (Get-Command qemu-img -ErrorAction Ignore)) {
        foreach ($place in 'base', 'top', 'away') { $null = New-Item -ItemType Directory (Join-Path $TestDrive chain $place) -Force }
        $base, $top, $away = 'base/base.qcow2', 'top/top.qcow2', 'away' | ForEach-Object { Join-Path $TestDrive chain $_ }
        qemu-img create -q -f qcow2 $base 4M
        qemu-img create -q -f qcow2 -b $base -F qcow2 $top
        $null = Register-Workload chain -BootDiskPath $top -Repository $repo
        Move-Item $base $away
        { New-WorkloadSnapshot chain -Repository $repo -ErrorAction Stop } | Should -Throw -ErrorId 'ParentNotFound,*'
        { New-WorkloadSnapshot chain -Repository $repo -ParentPath (Join-Path $TestDrive gone) -ErrorAction Stop } | Should -Throw -ErrorId 'ParentNotFound,*'
        New-WorkloadSnapshot chain -Repository $repo -ParentPath $away | Should -HaveCount 1
    }

    It 'ends at Ctrl+C, and leaves nothing half made' {
        $disk = New-TestDisk large.raw -Length 1GB -DataAt (0..39 | ForEach-Object { $_ * 8MB }) -DataLength 4MB
        $count = @(Get-WorkloadSnapshot -Repository $repo).Count
        $packs = @(Get-ChildItem (Join-Path $repo.Path packs) -Recurse -File).Count
        $stopped = Stop-RunningScript 'param($disk, $repo) New-WorkloadSnapshot large -BootDiskPath $disk -Repository $repo' $disk, $repo -When {
            @(Get-ChildItem (Join-Path $repo.Path packs) -Recurse -File).Count -gt $packs
        }
        $stopped.WasRunning | Should -BeTrue
        $stopped.State | Should -Be 'Stopped'
        $stopped.Output | Should -BeNullOrEmpty
        @(Get-WorkloadSnapshot -Repository $repo).Count | Should -Be $count
        Get-WorkloadSnapshot -Repository $repo | Test-WorkloadSnapshot | Should -Not -Contain $false
        $freed = Optimize-WorkloadRepository $repo
        $freed.ObjectsDeleted | Should -BeGreaterThan 0
        $freed.ObjectsWaiting | Should -Be 0
        @(Get-ChildItem $repo.Path -Recurse -File | Where-Object Name -Match '\.(tmp|part|new)').Count | Should -Be 0
        (New-WorkloadSnapshot large -BootDiskPath $disk -Repository $repo | Test-WorkloadSnapshot) | Should -BeTrue
    }

    It 'says whom to ask when this machine is not admitted' {
        $env:PORTABILITY_STATE = Join-Path $TestDrive 'stranger'
        try {
            $open = Connect-WorkloadRepository $repo.Path -Passphrase (ConvertTo-Secret 'correct horse')
            $failed = { New-WorkloadSnapshot stranger -BootDiskPath $boot -Repository $open -ErrorAction Stop } | Should -Throw -ErrorId 'SignerNotAdmitted,*' -PassThru
            $failed.ErrorDetails.RecommendedAction | Should -Match 'Add-WorkloadRepositoryKey .*-Signer'
            $failed.ErrorDetails.Message | Should -Match "for the workload 'stranger'"

            # The line admits this one workload, as it is printed; only the prompt for the secret is answered here.
            $line = $failed.ErrorDetails.RecommendedAction -replace '^.*?(?=Add-Work)' -replace '\(Read-Host -AsSecureString\)', "(ConvertTo-Secret 'correct horse')"
            $env:PORTABILITY_STATE = Join-Path $TestDrive 'state'
            (Invoke-Expression $line).Workloads | Should -HaveCount 1
            $env:PORTABILITY_STATE = Join-Path $TestDrive 'stranger'
            $open = Connect-WorkloadRepository $repo.Path -Passphrase (ConvertTo-Secret 'correct horse')
            (New-WorkloadSnapshot stranger -BootDiskPath $boot -Repository $open).Sequence | Should -Be 1
            { New-WorkloadSnapshot another -BootDiskPath $boot -Repository $open -ErrorAction Stop } | Should -Throw -ErrorId 'SignerNotAdmitted,*'
        }
        finally { $env:PORTABILITY_STATE = Join-Path $TestDrive 'state' }
    }

    It 'goes on after a workload that fails' {
        $null = Register-Workload broken -BootDiskPath (New-TestDisk broken.raw) -Repository $repo
        Remove-Item (Join-Path $TestDrive broken.raw)
        $made = 'broken', 'web01' | ForEach-Object { [pscustomobject] @{ Name = $_ } } | New-WorkloadSnapshot -Repository $repo -ErrorAction SilentlyContinue -ErrorVariable failed
        $made.Name | Should -Be 'web01'
        $failed | Should -HaveCount 1
    }
}
