BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:system, $script:data = & $PSScriptRoot/LinuxDisks.ps1 $TestDrive
    $script:images = @{ ImagePath = $system, $data }
    $script:repo = New-TestRepository
    $script:snapshot = New-WorkloadSnapshot web01 -BootDiskPath $system -DataDiskPath $data -Repository $repo
}

Describe 'Get-WorkloadFile' {
    It 'lists a directory, and a file as itself' {
        $files = Get-WorkloadFile /etc @images
        $files | Should -BeOfType Portability.WorkloadFile
        $files.Path | Sort-Object | Should -Be @('/etc/app', '/etc/fstab', '/etc/link.conf', '/etc/nginx', '/etc/one.conf', '/etc/os-release', '/etc/shadow')
        $shadow = Get-WorkloadFile -Path /etc/shadow @images
        $shadow.Attributes | Should -Be '-rw-r-----'
        $shadow.Owner | Should -Be '0:42'
        $shadow.Length | Should -Be 7
        $shadow.Kind | Should -Be 'File'
        $shadow.LastWriteTimeUtc | Should -Be ([DateTime]::new(2023, 11, 14, 22, 13, 20, [DateTimeKind]::Utc))
        $shadow.LastWriteTimeUtc.Kind | Should -Be 'Utc'
        $shadow.Volume.Label | Should -Be 'root'
    }

    It 'lists the root when no path is given' {
        (Get-WorkloadFile @images).Path | Should -Contain '/etc'
    }

    It 'takes wildcards in each name' {
        (Get-WorkloadFile '/etc/*.conf' @images).Path | Sort-Object | Should -Be @('/etc/link.conf', '/etc/one.conf')
        (Get-WorkloadFile '/*/app/t?o.[a-d]onf' @images).Path | Should -Be '/etc/app/two.conf'
        Get-WorkloadFile '/etc/*.none' @images | Should -BeNullOrEmpty
    }

    It 'looks at any depth with -Recurse' {
        (Get-WorkloadFile '/etc/*.conf' -Recurse @images).Path | Sort-Object | Should -Be @('/etc/app/two.conf', '/etc/link.conf', '/etc/nginx/nginx.conf', '/etc/one.conf')
        $all = Get-WorkloadFile / -Recurse @images
        $all.Path | Should -Contain '/srv/www/index.html'
        $all.Path | Should -Contain '/home/anna/pipe'
        ($all | Where-Object Path -Match '/lost\+found$').Count | Should -Be 2
    }

    It 'joins the volumes where the machine mounts them' {
        $page = Get-WorkloadFile /srv/www/index.html @images
        $page.Owner | Should -Be '33:33'
        $page.Volume.Label | Should -Be 'data'
        $page.Volume.MountPoint | Should -Be '/srv'
    }

    It 'tells links, devices and pipes, and follows a link in the middle of a path' {
        $link = Get-WorkloadFile /etc/link.conf @images
        $link.Kind | Should -Be 'Link'
        $link.Target | Should -Be 'one.conf'
        (Get-WorkloadFile /home/anna/null @images).Attributes | Should -Be 'crw-r--r--'
        (Get-WorkloadFile /home/anna/pipe @images).Kind | Should -Be 'Other'
        (Get-WorkloadFile /usr/bin/etc/app/two.conf @images).Path | Should -Be '/etc/app/two.conf'
        (Get-WorkloadFile /usr/bin/etc @images).Path | Should -Contain '/etc/fstab'
    }

    It 'never leaves the machine by a link, and does not turn in circles' {
        { Get-WorkloadFile /home/anna/out/x @images -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*'
        (Get-WorkloadFile /../../etc/fstab @images).Path | Should -Be '/etc/fstab'
        { Get-WorkloadFile /home/anna/loop/x @images -ErrorAction Stop } | Should -Throw -ErrorId 'TooManyLinks,*'
    }

    It 'shows a name that is no text, and finds it again by what it shows' {
        $odd = (Get-WorkloadFile '/home/anna/caf*' @images).Path
        $odd | Should -Be "/home/anna/caf$([char] 0xDCE9)"
        (Get-WorkloadFile -LiteralPath $odd @images).Length | Should -Be 1
    }

    It 'takes a literal path as it is written' {
        { Get-WorkloadFile -LiteralPath '/etc/*.conf' @images -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*'
    }

    It 'lists the same out of a snapshot' {
        $there = $snapshot | Get-WorkloadFile / -Recurse
        $here = Get-WorkloadFile / -Recurse @images
        $there.Path | Should -Be $here.Path
        $there | ForEach-Object Length | Should -Be ($here | ForEach-Object Length)
        $there.Volume.Snapshot.Id | Select-Object -Unique | Should -Be $snapshot.Id
    }

    It 'lists a volume by its own paths' {
        (Get-WorkloadVolume $data | Get-WorkloadFile /www).Path | Should -Be '/www/index.html'
        (Get-WorkloadVolume $system, $data | Where-Object Label -EQ data | Get-WorkloadFile).Path | Should -Contain '/www'
        (Get-WorkloadVolume -Snapshot $snapshot | Where-Object Label -EQ data | Get-WorkloadFile /www).Path | Should -Be '/www/index.html'
    }

    It 'says that nothing is there, and goes on with other paths' {
        $found = Get-WorkloadFile /nope, /etc/one.conf @images -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'FileNotFound,*'
        $failed[0].ErrorDetails.RecommendedAction | Should -Match 'Get-WorkloadVolume'
        { Get-WorkloadFile /etc -ImagePath (Join-Path $TestDrive none.raw) -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*'
    }

    It 'runs as a job' {
        $job = Get-WorkloadFile /etc/app @images -AsJob
        ($job | Wait-Job | Receive-Job).Path | Should -Be '/etc/app/two.conf'
        $job | Remove-Job
    }
}
