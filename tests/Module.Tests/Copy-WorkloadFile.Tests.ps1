BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:system, $script:data = & $PSScriptRoot/LinuxDisks.ps1 $TestDrive
    $script:images = @{ ImagePath = $system, $data }
    $script:repo = New-TestRepository
    $script:snapshot = New-WorkloadSnapshot web01 -BootDiskPath $system -DataDiskPath $data -Repository $repo
    function Place([string] $Name) { Join-Path $TestDrive $Name }
}

Describe 'Copy-WorkloadFile' {
    It 'copies one file under a new name, with its time' {
        Copy-WorkloadFile /etc/one.conf (Place one.txt) @images | Should -BeNullOrEmpty
        Get-Content (Place one.txt) -Raw | Should -Be "one`n"
        (Get-Item (Place one.txt)).LastWriteTimeUtc | Should -Be ([DateTime]::new(2023, 11, 14, 22, 13, 20, [DateTimeKind]::Utc))
    }

    It 'copies into a folder that exists, and makes one for several files' {
        $null = New-Item (Place folder) -ItemType Directory
        $snapshot | Copy-WorkloadFile -Path /etc/one.conf -Destination (Place folder)
        Join-Path (Place folder) one.conf | Should -Exist
        Copy-WorkloadFile '/etc/*.conf' (Place several) @images
        (Get-ChildItem (Place several)).Name | Sort-Object | Should -Be @('link.conf', 'one.conf')
        Get-Content (Join-Path (Place several) link.conf) | Should -Be 'one'
    }

    It 'copies a directory with -Recurse only, and tells what it leaves out' {
        { Copy-WorkloadFile /etc (Place etc) @images -ErrorAction Stop } | Should -Throw -ErrorId 'DirectoryNotCopied,*'
        Copy-WorkloadFile / (Place all) -Recurse @images -WarningVariable left -WarningAction SilentlyContinue
        Get-Content (Place all/etc/app/two.conf) | Should -Be 'two two'
        Get-Content (Place all/srv/www/index.html) | Should -Be 'hello'
        Place 'all/home/anna/caf%E9' | Should -Exist
        (Get-Item (Place all/var/log/lastlog)).Length | Should -Be 1MB
        [IO.File]::ReadAllText((Place all/var/log/lastlog)).Trim([char] 0) | Should -Be 'end'
        foreach ($name in 'null', 'pipe', 'out', 'loop') { Place "all/home/anna/$name" | Should -Not -Exist; "$left" | Should -Match $name }
        Get-ChildItem (Place all) -Recurse -Force -Filter *.partial | Should -BeNullOrEmpty
    }

    It 'copies what Get-WorkloadFile found, of several volumes' {
        Get-WorkloadFile '/etc/*.conf', /srv/www/index.html -Snapshot $snapshot | Where-Object Kind -EQ File | Copy-WorkloadFile -Destination (Place found)
        (Get-ChildItem (Place found)).Name | Sort-Object | Should -Be @('index.html', 'one.conf')
        Get-WorkloadVolume $data | Get-WorkloadFile /www | Copy-WorkloadFile -Destination (Place page.html)
        Get-Content (Place page.html) | Should -Be 'hello'
    }

    It 'replaces a file with -Force only' {
        Set-Content (Place mine.txt) 'mine'
        { Copy-WorkloadFile /etc/one.conf (Place mine.txt) @images -ErrorAction Stop } | Should -Throw -ErrorId 'FileExists,*'
        Get-Content (Place mine.txt) | Should -Be 'mine'
        Copy-WorkloadFile /etc/one.conf (Place mine.txt) -Force @images
        Get-Content (Place mine.txt) | Should -Be 'one'
    }

    It 'emits what it copied with -PassThru' {
        $copies = Copy-WorkloadFile /etc/app (Place passed) -Recurse -PassThru @images
        $copies | Should -BeOfType Portability.WorkloadFileCopy
        $copies.Path | Should -Be (Place passed/two.conf)
        $copies.SourcePath | Should -Be '/etc/app/two.conf'
        $copies | ForEach-Object Length | Should -Be 8
    }

    It 'changes nothing with -WhatIf' {
        Copy-WorkloadFile /etc/one.conf (Place whatif.txt) @images -WhatIf
        Place whatif.txt | Should -Not -Exist
    }

    It 'says that a file is not there, that a link leads nowhere, and that it cannot write' {
        { Copy-WorkloadFile /nope (Place x) @images -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*'
        { Copy-WorkloadFile /home/anna/out (Place x) @images -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*'
        { Copy-WorkloadFile /home/anna/null (Place x) @images -ErrorAction Stop } | Should -Throw -ErrorId 'NotAFile,*'
        { Copy-WorkloadFile /etc/one.conf (Join-Path $system x) @images -ErrorAction Stop } | Should -Throw -ErrorId 'CopyFailed,*'
        Place x | Should -Not -Exist
    }

    It 'leaves the images as they were' {
        $before = (Get-FileHash $system).Hash
        Copy-WorkloadFile /etc (Place again) -Recurse @images -WarningAction SilentlyContinue
        (Get-FileHash $system).Hash | Should -Be $before
    }
}
