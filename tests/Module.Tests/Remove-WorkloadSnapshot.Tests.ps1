BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:disk = New-TestDisk disk.raw
    $script:place = 0

    function New-Capture {
        param([string] $Name = 'web01')
        $script:place += 64KB
        Edit-TestDisk $disk (2MB + $place) -Seed ($place % 7919)
        New-WorkloadSnapshot $Name -BootDiskPath $disk -Repository $repo
    }
}

Describe 'Remove-WorkloadSnapshot' {
    BeforeEach {
        $script:one = New-Capture
        $script:two = New-Capture
    }

    It 'removes a snapshot, returns nothing, and leaves the others whole' {
        Remove-WorkloadSnapshot $one -Confirm:$false | Should -BeNullOrEmpty
        { Get-WorkloadSnapshot -Repository $repo -Id $one.Id -ErrorAction Stop } | Should -Throw -ErrorId 'SnapshotNotFound,*'
        Get-WorkloadSnapshot -Repository $repo | Test-WorkloadSnapshot -Depth Content | Should -Not -Contain $false
        $restored = Get-WorkloadSnapshot -Repository $repo -Id $two.Id | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive restored) -Format Raw -Force
        (Get-FileHash $restored.Path).Hash | Should -Be (Get-FileHash $disk).Hash
    }

    It 'never gives a number again' {
        $two | Remove-WorkloadSnapshot -Confirm:$false
        (New-Capture).Sequence | Should -BeGreaterThan $two.Sequence
    }

    It 'takes snapshots from the pipeline, by property name and from JSON' {
        $three = New-Capture
        $one | Remove-WorkloadSnapshot -Confirm:$false
        [pscustomobject] @{ Snapshot = $two } | Remove-WorkloadSnapshot -Confirm:$false
        $three | ConvertTo-Json -Depth 5 | ConvertFrom-Json | Remove-WorkloadSnapshot -Confirm:$false
        Get-WorkloadSnapshot -Repository $repo | Where-Object Id -In $one.Id, $two.Id, $three.Id | Should -BeNullOrEmpty
    }

    It 'emits what was removed with -PassThru, oldest first' {
        $two, $one | Remove-WorkloadSnapshot -PassThru -Confirm:$false | ForEach-Object Id | Should -Be @($one.Id, $two.Id)
    }

    It 'does nothing with -WhatIf' {
        $before = Get-TreeState $repo.Path
        $one, $two | Remove-WorkloadSnapshot -WhatIf
        Get-TreeState $repo.Path | Should -Be $before
    }

    It 'tells with -WhatIf one line a workload' {
        $other = New-Capture db01
        $log = Join-Path $TestDrive whatif.txt
        $null = Start-Transcript $log
        try { $one, $two, $other | Remove-WorkloadSnapshot -WhatIf } finally { $null = Stop-Transcript }
        $lines = @(Get-Content $log | Where-Object { $_ -like 'What if:*' })
        $lines | Should -HaveCount 2
        $lines[0] | Should -Match "#$($one.Sequence) .*#$($two.Sequence) .*web01 in "
    }

    It 'asks by itself, and removes nothing where nobody can be asked' {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("param(`$snapshot) Import-Module '$env:PORTABILITY_MODULE'; `$snapshot | Remove-WorkloadSnapshot").AddArgument($one)
            try { $null = $shell.Invoke() } catch { $null = $_ }
            $shell.HadErrors | Should -BeTrue
        }
        finally { $shell.Dispose() }
        Get-WorkloadSnapshot -Repository $repo -Id $one.Id | Should -HaveCount 1
    }

    It 'runs as a job' {
        $job = $one | Remove-WorkloadSnapshot -PassThru -Confirm:$false -AsJob
        ($job | Wait-Job | Receive-Job).Id | Should -Be $one.Id
        $job.State | Should -Be 'Completed'
        $job | Remove-Job
    }

    It 'says that a snapshot is not there, and goes on' {
        $one | Remove-WorkloadSnapshot -Confirm:$false
        $removed = $one, $two | Remove-WorkloadSnapshot -PassThru -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed
        $removed.Id | Should -Be $two.Id
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failed[0].ErrorDetails.RecommendedAction | Should -Match 'Get-WorkloadSnapshot'
    }

    It 'says how to go without a question where nobody can be asked' {
        $script = {
            param($module, $place, $id)
            Import-Module $module
            Get-WorkloadSnapshot -Repository $place -Id $id | Remove-WorkloadSnapshot -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId
            $failed[0].ErrorDetails.RecommendedAction
        }
        $said = & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script -args $env:PORTABILITY_MODULE, $repo.Path, "$($one.Id)"
        $said[0] | Should -BeLike 'ConfirmationImpossible,*'
        $said[1] | Should -Match '-Confirm:\$false'
        Get-WorkloadSnapshot -Repository $repo -Id $one.Id | Should -HaveCount 1
    }

    It 'needs no secret, only the right of this machine' {
        $keyless = Get-WorkloadSnapshot -Repository (Connect-WorkloadRepository $repo.Path) -Id $one.Id
        $keyless | Remove-WorkloadSnapshot -Confirm:$false
        Get-WorkloadSnapshot -Repository $repo | Where-Object Id -EQ $one.Id | Should -BeNullOrEmpty
    }

    It 'refuses a machine that is not admitted, and says whom to ask' {
        $env:PORTABILITY_STATE = Join-Path $TestDrive 'stranger'
        try {
            $open = Connect-WorkloadRepository $repo.Path -Passphrase (ConvertTo-Secret 'correct horse')
            $failed = { Get-WorkloadSnapshot -Repository $open -Id $one.Id | Remove-WorkloadSnapshot -Confirm:$false -ErrorAction Stop } |
                Should -Throw -ErrorId 'SignerNotAdmitted,*' -PassThru
            $failed.ErrorDetails.RecommendedAction | Should -Match 'Add-WorkloadRepositoryKey .*-Right Remove'
        }
        finally { $env:PORTABILITY_STATE = Join-Path $TestDrive 'state' }
        Get-WorkloadSnapshot -Repository $repo -Id $one.Id | Should -HaveCount 1
    }

    It 'gives up a damaged one with -Damaged only, so that Optimize- works again' {
        $file = Join-Path $repo.Path snapshots $one.WorkloadId ('{0:d10}' -f $one.Sequence)
        $bytes = [IO.File]::ReadAllBytes($file)
        $bytes[300] = $bytes[300] -bxor 1
        (Get-Item $file).IsReadOnly = $false
        [IO.File]::WriteAllBytes($file, $bytes)
        { $one | Remove-WorkloadSnapshot -Confirm:$false -ErrorAction Stop } | Should -Throw
        $blocked = { Optimize-WorkloadRepository $repo -ErrorAction Stop } | Should -Throw -ErrorId 'CannotCollect,*' -PassThru
        $blocked.ErrorDetails.RecommendedAction | Should -Match ([regex]::Escape("-Damaged -Repository `$repo -Name $($one.WorkloadId) -Sequence $($one.Sequence)"))
        { Remove-WorkloadSnapshot -Damaged -Repository $repo -Name web01 -Sequence $two.Sequence -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'SnapshotNotDamaged,*'
        Remove-WorkloadSnapshot -Damaged -Repository $repo -Name web01 -Sequence $one.Sequence -WhatIf
        $file | Should -Exist
        Remove-WorkloadSnapshot -Damaged -Repository $repo -Name web01 -Sequence $one.Sequence -Confirm:$false | Should -BeNullOrEmpty
        $file | Should -Not -Exist
        (Optimize-WorkloadRepository $repo).ObjectsWaiting | Should -Be 0
        Test-WorkloadRepository $repo | Should -BeTrue
        $two | Test-WorkloadSnapshot -Depth Content | Should -BeTrue
    }
}
