BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:disk = New-TestDisk disk.raw -Length 16MB -DataAt 0, 4MB, 8MB -DataLength 1MB
    $null = New-WorkloadSnapshot keep -BootDiskPath $disk -Repository $repo

    # A workload with data of its own, removed: what it stored is needed by nobody.
    function New-Garbage {
        param([int] $Seed)
        $own = New-TestDisk "own$Seed.raw" -DataAt 0, 4MB -DataLength 1MB -Seed $Seed
        New-WorkloadSnapshot "gone$Seed" -BootDiskPath $own -Repository $repo | Remove-WorkloadSnapshot -Confirm:$false
    }

    function Measure-Store { (Get-ChildItem $repo.Path -Recurse -File | Measure-Object Length -Sum).Sum }
}

Describe 'Optimize-WorkloadRepository' {
    It 'gives back the space of removed snapshots, and says how much' {
        New-Garbage 11
        $before = Measure-Store
        $result = Optimize-WorkloadRepository $repo
        $result | Should -BeOfType Portability.OptimizeResult
        $result.RepositoryId | Should -Be $repo.Id
        $result.BytesFreed | Should -BeGreaterOrEqual 2MB
        $result.ObjectsDeleted | Should -BeGreaterThan 0
        $before - (Measure-Store) | Should -BeGreaterOrEqual 1.9MB
        Get-WorkloadSnapshot -Repository $repo | Test-WorkloadSnapshot -Depth Content | Should -Not -Contain $false
        Test-WorkloadRepository $repo | Should -BeTrue
    }

    It 'rewrites packs in which much is dead, with a key and unless told not to' {
        $half = New-TestDisk half.raw -Length 64MB -DataAt (0..7 | ForEach-Object { $_ * 4MB }) -DataLength 2MB -Seed 21
        $first = New-WorkloadSnapshot half -BootDiskPath $half -Repository $repo
        foreach ($place in 0..6) { Edit-TestDisk $half ($place * 4MB) -Length 2MB -Seed (100 + $place) }
        $second = New-WorkloadSnapshot half -BootDiskPath $half -Repository $repo
        $first | Remove-WorkloadSnapshot -Confirm:$false
        (Optimize-WorkloadRepository $repo -NoCompact).PacksRewritten | Should -Be 0
        (Connect-WorkloadRepository $repo.Path | Optimize-WorkloadRepository).PacksRewritten | Should -Be 0
        $result = Optimize-WorkloadRepository $repo
        $result.PacksRewritten | Should -BeGreaterThan 0
        $result.BytesFreed | Should -BeGreaterThan 8MB
        $restored = $second | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive half) -Format Raw
        (Get-FileHash $restored.Path).Hash | Should -Be (Get-FileHash $half).Hash
        Get-WorkloadSnapshot -Repository (Connect-WorkloadRepository $repo.Path) | Test-WorkloadSnapshot | Should -Not -Contain $false
    }

    It 'finds nothing the second time' {
        $null = Optimize-WorkloadRepository $repo
        (Optimize-WorkloadRepository $repo).ObjectsDeleted | Should -Be 0
    }

    It 'does nothing with -WhatIf' {
        New-Garbage 12
        $before = Get-TreeState $repo.Path
        Optimize-WorkloadRepository $repo -WhatIf | Should -BeNullOrEmpty
        Get-TreeState $repo.Path | Should -Be $before
    }

    It 'never asks by itself' {
        $shell = [powershell]::Create()
        try {
            $shell.AddScript("param(`$repo) Import-Module '$env:PORTABILITY_MODULE'; Optimize-WorkloadRepository `$repo").AddArgument($repo).Invoke() | Should -HaveCount 1
            $shell.HadErrors | Should -BeFalse
        }
        finally { $shell.Dispose() }
    }

    It 'takes a path, repositories from the pipeline, and snapshots by property name' {
        (Optimize-WorkloadRepository $repo.Path).RepositoryId | Should -Be $repo.Id
        ($repo | Optimize-WorkloadRepository).RepositoryId | Should -Be $repo.Id
        (Get-WorkloadSnapshot -Repository $repo -Name keep -Latest | Select-Object RepositoryPath | Optimize-WorkloadRepository).RepositoryId | Should -Be $repo.Id
    }

    It 'runs as a job' {
        $job = Optimize-WorkloadRepository $repo -AsJob
        ($job | Wait-Job | Receive-Job).RepositoryId | Should -Be $repo.Id
        $job.State | Should -Be 'Completed'
        $job | Remove-Job
    }

    It 'needs no secret' {
        New-Garbage 13
        (Connect-WorkloadRepository $repo.Path | Optimize-WorkloadRepository).BytesFreed | Should -BeGreaterThan 0
    }

    It 'goes on after a repository that is not there' {
        $results = @((Join-Path $TestDrive nowhere), $repo) | Optimize-WorkloadRepository -ErrorAction SilentlyContinue -ErrorVariable failed
        $results | Should -HaveCount 1
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failed[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }
}
