BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:boot = New-TestDisk boot.raw -Bootable
    $script:data = New-TestDisk data.raw -Seed 2
    $script:made = New-WorkloadSnapshot web01 -BootDiskPath $boot -DataDiskPath $data -Repository $repo
    $script:hashes = @($boot, $data) | ForEach-Object { (Get-FileHash $_).Hash }
}

Describe 'Restore-WorkloadImage' {
    It 'restores every disk, equal to its source' {
        $restored = $made | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive raw) -Format Raw
        $restored | Should -BeOfType Portability.RestoredDisk
        $restored.Path | Should -Be @((Join-Path $TestDrive raw/web01-0.raw), (Join-Path $TestDrive raw/web01-1.raw))
        $restored.Role | Should -Be @('Boot', 'Data')
        $restored | ForEach-Object { (Get-FileHash $_.Path).Hash } | Should -Be $hashes
    }

    It 'restores to <_>, equal to its source' -ForEach 'Vhd', 'Vhdx', 'Qcow2', 'Vmdk' {
        $folder = Join-Path $TestDrive "to-$_"
        $restored = Restore-WorkloadImage $made $folder -Format $_
        $restored.Format | Should -Be @($_, $_)
        $restored | ForEach-Object { (Get-WorkloadDisk $_.Path).Length } | Should -Be @(8MB, 8MB)
        if (Get-Command qemu-img -ErrorAction Ignore) {
            foreach ($pair in @($restored[0].Path, $boot), @($restored[1].Path, $data)) {
                qemu-img compare $pair[0] -F raw $pair[1] | Should -Match 'identical'
            }
        }
    }

    It 'restores to a <_> image of full size' -ForEach 'Vhd', 'Vhdx' {
        $restored = Restore-WorkloadImage $made (Join-Path $TestDrive "fixed-$_") -Format $_ -SubFormat Fixed -DiskNumber 0
        $shown = Get-WorkloadDisk $restored.Path
        $shown.SubFormat | Should -Be 'Fixed'
        (Get-Item $restored.Path).Length | Should -BeGreaterThan 8MB
    }

    It 'says which variants a format has' {
        $failed = { Restore-WorkloadImage $made (Join-Path $TestDrive nofixed) -Format Qcow2 -SubFormat Fixed -ErrorAction Stop } | Should -Throw -ErrorId 'DiskNotRepresentable,*' -PassThru
        $failed.ErrorDetails.RecommendedAction | Should -Match '-SubFormat'
        $failed.ErrorDetails.Message | Should -Match ([regex]::Escape((Join-Path $TestDrive nofixed/web01-0.qcow2)))
    }

    It 'restores the set or the disk that is asked for' {
        (Restore-WorkloadImage $made (Join-Path $TestDrive role) -Role Data).Number | Should -Be 1
        (Restore-WorkloadImage $made (Join-Path $TestDrive number) -DiskNumber 0).Role | Should -Be 'Boot'
    }

    It 'replaces an image with -Force only' {
        $folder = Join-Path $TestDrive force
        $null = New-Item $folder -ItemType Directory
        Set-Content (Join-Path $folder web01-0.raw) 'precious'
        { Restore-WorkloadImage $made $folder -Format Raw -DiskNumber 0 -ErrorAction Stop } | Should -Throw -ErrorId 'FileExists,*'
        Get-Content (Join-Path $folder web01-0.raw) | Should -Be 'precious'
        (Get-FileHash (Restore-WorkloadImage $made $folder -Format Raw -DiskNumber 0 -Force).Path).Hash | Should -Be $hashes[0]
    }

    It 'says that the destination is no folder' {
        foreach ($place in @($data, (Join-Path $data sub)) + @(if (-not $IsWindows) { '/dev/null' })) {
            $failed = { Restore-WorkloadImage $made $place -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationNotAFolder,*' -PassThru
            $failed.CategoryInfo.Category | Should -Be 'InvalidArgument'
            $failed.ErrorDetails.RecommendedAction | Should -Match '-DestinationPath'
        }
        (Get-FileHash $data).Hash | Should -Be $hashes[1]
    }

    It 'says that no folder can be made there' {
        $failed = { Restore-WorkloadImage $made (Join-Path $TestDrive ('x' * 300)) -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationUnusable,*' -PassThru
        $failed.CategoryInfo.Category | Should -Be 'WriteError'
        $failed.ErrorDetails.RecommendedAction | Should -Match '-DestinationPath'
    }

    Context 'to a block device' {
        BeforeAll {
            # Where loop devices cannot be made the tests say so and are skipped.
            $script:loop = $null
            if ($IsLinux -and (id -u) -eq '0' -and (Get-Command losetup -ErrorAction Ignore)) {
                $backing = New-TestDisk backing.raw -Length 16MB -Seed 9
                $script:loop = losetup --find --show $backing 2>$null
            }
        }
        AfterAll { if ($loop) { losetup --detach $loop } }

        It 'overwrites all of it with -Force only, zeros too' {
            if (-not $loop) { Set-ItResult -Skipped -Because 'this machine makes no loop devices'; return }
            $before = (Get-FileHash $loop).Hash
            { Restore-WorkloadImage $made $loop -Role Boot -ErrorAction Stop } | Should -Throw -ErrorId 'ForceRequired,*'
            { Restore-WorkloadImage $made $loop -Force -ErrorAction Stop } | Should -Throw -ErrorId 'OneDiskExpected,*'
            Restore-WorkloadImage $made $loop -Role Boot -Force -WhatIf
            (Get-FileHash $loop).Hash | Should -Be $before
            $restored = Restore-WorkloadImage $made $loop -Role Boot -Force
            $restored.Path | Should -Be $loop
            $restored.Format | Should -Be Raw
            cmp --bytes=8388608 $loop $boot
            $LASTEXITCODE | Should -Be 0
        }

        It 'refuses one that is too small, and one that is mounted' {
            if (-not $loop) { Set-ItResult -Skipped -Because 'this machine makes no loop devices'; return }
            $small = losetup --find --show (New-TestDisk small.raw -Length 4MB)
            try { { Restore-WorkloadImage $made $small -Role Boot -Force -ErrorAction Stop } | Should -Throw -ErrorId 'DeviceTooSmall,*' }
            finally { losetup --detach $small }
            mkfs.ext4 -q -F $loop
            $mount = (New-Item -ItemType Directory (Join-Path $TestDrive mounted)).FullName
            mount $loop $mount
            if ($LASTEXITCODE -ne 0) { Set-ItResult -Skipped -Because 'this machine mounts nothing'; return }
            try {
                $failed = { Restore-WorkloadImage $made $loop -Role Boot -Force -ErrorAction Stop } | Should -Throw -ErrorId 'DiskInUse,*' -PassThru
                $failed.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            }
            finally { umount $mount }
        }
    }

    It 'does nothing with -WhatIf' {
        Restore-WorkloadImage $made (Join-Path $TestDrive whatif) -WhatIf | Should -BeNullOrEmpty
        Join-Path $TestDrive whatif | Should -Not -Exist
    }

    It 'runs as a job' {
        $job = $made | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive job) -AsJob
        $job | Wait-Job | Receive-Job | Should -HaveCount 2
    }

    It 'ends at Ctrl+C, and leaves no file and no lease' {
        $large = New-TestDisk large.raw -Length 1GB -DataAt (0..39 | ForEach-Object { $_ * 8MB }) -DataLength 4MB
        $snapshot = New-WorkloadSnapshot large -BootDiskPath $large -Repository $repo
        $folder = Join-Path $TestDrive stopped
        $null = New-Item $folder -ItemType Directory
        Set-Content (Join-Path $folder large-0.raw) 'precious'
        $stopped = Stop-RunningScript 'param($snapshot, $folder) Restore-WorkloadImage $snapshot $folder -Format Raw -Force' $snapshot, $folder -When {
            @(Get-ChildItem $folder -Force).Count -gt 1
        }
        $stopped.WasRunning | Should -BeTrue
        $stopped.State | Should -Be 'Stopped'
        (Get-ChildItem $folder -Force).Name | Should -Be 'large-0.raw'
        Get-Content (Join-Path $folder large-0.raw) | Should -Be 'precious'
        $snapshot | Remove-WorkloadSnapshot -PassThru -Confirm:$false | Should -HaveCount 1
    }

    It 'removes what a restore that was killed has left, and nothing of one that runs' {
        $large = New-TestDisk killed.raw -Length 1GB -DataAt (0..39 | ForEach-Object { $_ * 8MB }) -DataLength 4MB -Seed 5
        $snapshot = New-WorkloadSnapshot killed -BootDiskPath $large -Repository $repo
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive killed)).FullName
        $script = "Import-Module '$env:PORTABILITY_MODULE'; `$secret = [securestring]::new(); 'correct horse'.ToCharArray().ForEach{ `$secret.AppendChar(`$_) }; Connect-WorkloadRepository '$($repo.Path)' -Passphrase `$secret | " +
            "ForEach-Object { Get-WorkloadSnapshot -Repository `$_ -Name killed } | Restore-WorkloadImage -DestinationPath '$folder' -Format Vmdk"
        $child = [Diagnostics.Process]::Start([Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path, [string[]] ('-NoProfile', '-NonInteractive', '-Command', $script)))
        while (-not $child.HasExited -and @(Get-ChildItem $folder -Force).Count -lt 2) { Start-Sleep -Milliseconds 5 }
        if (-not $IsWindows) { kill -STOP $child.Id }
        $running = (Get-ChildItem $folder -Force).Name
        Restore-WorkloadImage $made $folder -Format Raw -DiskNumber 0 | Should -HaveCount 1
        (Get-ChildItem $folder -Force).Name | Should -Be (@($running) + 'web01-0.raw')
        $child.Kill()
        $child.WaitForExit()
        $running | Should -Match '^\.[0-9a-f]{32}\.partial'
        $removed = Restore-WorkloadImage $made $folder -Format Raw -DiskNumber 1 -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] -and "$_" -match 'partial' }
        $removed | Should -HaveCount @($running).Count
        (Get-ChildItem $folder -Force).Name | Should -Be 'web01-0.raw', 'web01-1.raw'
    }

    It 'needs the key' {
        { Get-WorkloadSnapshot -Repository (Connect-WorkloadRepository $repo.Path) | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive nokey) -ErrorAction Stop } |
            Should -Throw -ErrorId 'KeyRequired,*'
    }

    It 'uses the key of where a snapshot came from, whatever was connected since' {
        $null = Connect-WorkloadRepository $repo.Path
        $made | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive own) | Should -HaveCount 2
    }
}
