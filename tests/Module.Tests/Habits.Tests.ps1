# What every cmdlet has in common, each shown by a real call of each cmdlet that it concerns.

BeforeDiscovery {
    Import-Module $env:PORTABILITY_MODULE -Force
    $commands = Get-Command -Module WorkloadPortability
    $script:changing = @($commands | Where-Object { $_.Parameters.ContainsKey('WhatIf') } | ForEach-Object Name)
    $script:long = @($commands | Where-Object { $_.Parameters.ContainsKey('AsJob') } | ForEach-Object Name)
}

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:secret = ConvertTo-Secret 'correct horse'
    $script:repo = New-TestRepository
    $script:disk = New-TestDisk disk.raw -Bootable
    $script:workload = Register-Workload web01 -BootDiskPath $disk -Repository $repo
    $script:one = New-WorkloadSnapshot web01 -Repository $repo
    Edit-TestDisk $disk 3MB
    $script:two = New-WorkloadSnapshot web01 -Repository $repo
    $script:key = Get-WorkloadRepositoryKey $repo -Kind Passphrase
    $script:mirror = Join-Path $TestDrive mirror
    $null = $one | Sync-WorkloadDelta -Destination $mirror

    $script:linux, $null = & $PSScriptRoot/LinuxDisks.ps1 $TestDrive

    # A call of each cmdlet that would change something, or take long.
    $script:calls = @{
        'Add-WorkloadRepositoryKey'     = { Add-WorkloadRepositoryKey $repo -Passphrase $secret -Name other -OwnerPassphrase $secret @more }
        'Compare-WorkloadSnapshot'      = { Compare-WorkloadSnapshot $one $two @more }
        'Copy-WorkloadFile'             = { Copy-WorkloadFile /etc/one.conf (Join-Path $TestDrive copied.txt) -ImagePath $linux @more }
        'Disconnect-WorkloadRepository' = { Disconnect-WorkloadRepository $repo @more }
        'Get-WorkloadFile'              = { Get-WorkloadFile /etc -ImagePath $linux @more }
        'New-WorkloadRepository'        = { New-WorkloadRepository (Join-Path $TestDrive new) -Passphrase $secret @more }
        'New-WorkloadSnapshot'          = { New-WorkloadSnapshot web01 -Repository $repo @more }
        'Optimize-WorkloadRepository'   = { Optimize-WorkloadRepository $repo @more }
        'Register-Workload'             = { Register-Workload db01 -BootDiskPath $disk -Repository $repo @more }
        'Remove-WorkloadRepositoryKey'  = { $key | Remove-WorkloadRepositoryKey -OwnerPassphrase $secret @more }
        'Remove-WorkloadSnapshot'       = { $one | Remove-WorkloadSnapshot @more }
        'Restore-WorkloadImage'         = { $two | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive restored) @more }
        'Set-Workload'                  = { Set-Workload web01 -Repository $repo -Memory 8GB @more }
        'Sync-WorkloadDelta'            = { $two | Sync-WorkloadDelta -Destination $mirror @more }
        'Test-WorkloadRepository'       = { Test-WorkloadRepository $repo @more }
        'Test-WorkloadSnapshot'         = { $two | Test-WorkloadSnapshot @more }
        'Unregister-Workload'           = { Unregister-Workload web01 -Repository $repo @more }
    }
}

Describe 'With -WhatIf' {
    It '<_> changes nothing: not the repository, the mirror, the disk or the state of this machine' -ForEach $changing {
        $calls.Keys | Should -Contain $_
        $before = Get-TreeState $TestDrive
        $connected = @(Get-WorkloadRepository).Count
        $more = @{ WhatIf = $true }
        & $calls[$_] | Should -BeNullOrEmpty
        Get-TreeState $TestDrive | Should -Be $before
        @(Get-WorkloadRepository).Count | Should -Be $connected
    }
}

Describe 'With -AsJob' {
    It '<_> gives a job that ends, and what the cmdlet emits' -ForEach $long {
        $calls.Keys | Should -Contain $_
        $more = @{ AsJob = $true }
        if ((Get-Command $_).Parameters.ContainsKey('Confirm')) { $more.Confirm = $false }
        if ((Get-Command $_).Parameters.ContainsKey('PassThru')) { $more.PassThru = $true }
        $job = & $calls[$_]
        $job | Should -BeOfType System.Management.Automation.Job
        $output = @($job | Wait-Job | Receive-Job)
        $job.State | Should -Be 'Completed'
        $output.Count | Should -BeGreaterThan 0
        $types = (Get-Command $_).OutputType.Type
        foreach ($item in $output) { $types | Should -Contain $item.GetType() }
        $job | Remove-Job
    }

    It 'asks before the job starts: who says no gets no job' {
        $more = @{ AsJob = $true; WhatIf = $true }
        & $calls['New-WorkloadSnapshot'] | Should -BeNullOrEmpty
    }

    It 'stops at Stop-Job, and leaves nothing half made' {
        $large = New-TestDisk large.raw -Length 1GB -DataAt (0..39 | ForEach-Object { $_ * 8MB }) -DataLength 4MB
        $packs = @(Get-ChildItem (Join-Path $repo.Path packs) -Recurse -File).Count
        $job = New-WorkloadSnapshot large -BootDiskPath $large -Repository $repo -AsJob
        while ($job.State -eq 'Running' -and @(Get-ChildItem (Join-Path $repo.Path packs) -Recurse -File).Count -eq $packs) { Start-Sleep -Milliseconds 5 }
        $job.State | Should -Be 'Running'
        Stop-Job $job
        $job.State | Should -Be 'Stopped'
        $job | Receive-Job | Should -BeNullOrEmpty
        Remove-Job $job
        Get-WorkloadSnapshot -Repository $repo -Name larg* | Should -BeNullOrEmpty
    }
}

Describe 'Where nobody can be asked' {
    # The host of a bare runspace refuses every question with an error.
    It '<_> asks nothing unless it takes away' -ForEach $changing {
        $high = ([System.Management.Automation.CommandMetadata] (Get-Command $_)).ConfirmImpact -eq 'High'
        $high | Should -Be ($_ -match '^(Remove|Unregister)-')
    }

    It 'what takes away fails instead of asking, and does so with -Confirm:$false' {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("param(`$one) Import-Module '$env:PORTABILITY_MODULE'; `$one | Remove-WorkloadSnapshot").AddArgument($two)
            try { $null = $shell.Invoke() } catch { $null = $_ }
            $shell.HadErrors | Should -BeTrue
        }
        finally { $shell.Dispose() }
        Get-WorkloadSnapshot -Repository $repo -Id $two.Id | Should -HaveCount 1
        $two | Remove-WorkloadSnapshot -Confirm:$false
        { Get-WorkloadSnapshot -Repository $repo -Id $two.Id -ErrorAction Stop } | Should -Throw -ErrorId 'SnapshotNotFound,*'
    }
}

Describe 'An error' {
    It 'has an identifier, a category, a target and a recommendation: <Name>' -ForEach @(
        @{ Name = 'a file that is not there'; Id = 'FileNotFound'; Category = 'ObjectNotFound'; Call = { Get-WorkloadDisk (Join-Path $TestDrive none.vhdx) } }
        @{ Name = 'a pattern in a folder that is not there'; Id = 'PathNotFound'; Category = 'ObjectNotFound'; Call = { Get-WorkloadDisk (Join-Path $TestDrive nowhere/*) } }
        @{ Name = 'a path of another provider'; Id = 'PathNotInFileSystem'; Category = 'InvalidArgument'; Call = { Get-WorkloadDisk 'env:PATH' } }
        @{ Name = 'no repository'; Id = 'RepositoryNotFound'; Category = 'ObjectNotFound'; Call = { Get-WorkloadSnapshot -Repository (New-Item (Join-Path $TestDrive bare) -ItemType Directory -Force) } }
        @{ Name = 'an address'; Id = 'StoreKindUnsupported'; Category = 'NotImplemented'; Call = { Get-WorkloadSnapshot -Repository https://dr.example:7443 } }
        @{ Name = 'a wrong secret'; Id = 'WrongSecret'; Category = 'AuthenticationError'; Call = { Connect-WorkloadRepository $repo.Path -Passphrase (ConvertTo-Secret wrong) } }
        @{ Name = 'a workload that is not registered'; Id = 'WorkloadNotRegistered'; Category = 'ObjectNotFound'; Call = { New-WorkloadSnapshot nobody -Repository $repo } }
        @{ Name = 'a name that is not there'; Id = 'SnapshotNotFound'; Category = 'ObjectNotFound'; Call = { Get-WorkloadSnapshot nobody -Repository $repo } }
        @{ Name = 'a repository that exists'; Id = 'RepositoryExists'; Category = 'ResourceExists'; Call = { New-WorkloadRepository $repo.Path -Passphrase $secret } }
    ) {
        $ErrorActionPreference = 'Stop'
        $failed = { & $Call; throw 'nothing failed' } | Should -Throw -PassThru
        $failed.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failed.CategoryInfo.Category | Should -Be $Category
        "$($failed.TargetObject)" | Should -Not -BeNullOrEmpty
        $failed.ErrorDetails.Message | Should -Match "^Failed to \w+"
        $failed.ErrorDetails.Message | Should -Not -Match '\n'
        $failed.ErrorDetails.RecommendedAction | Should -Match '\S\.$|-Confirm|Connect-'
    }
}
