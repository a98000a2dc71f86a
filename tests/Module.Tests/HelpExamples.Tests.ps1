# Every example of every help page and topic runs as it is written, against generated images. Places that only the reader has (drives, shares, devices,
# a certificate store) become folders of the test drive, and what a person would type at a prompt is put in its place.

BeforeDiscovery {
    Import-Module $env:PORTABILITY_MODULE -Force
    # What takes away comes last.
    $script:pages = foreach ($command in (Import-PowerShellDataFile $env:PORTABILITY_MODULE).CmdletsToExport | Sort-Object { $_ -match '^(Remove|Optimize)' }) {
        @{ Page = $command; Codes = @((Get-Help $command).examples.example | ForEach-Object code) }
    }

    # In a topic, code stands eight columns in and prose four.
    $script:topics = foreach ($file in Get-ChildItem (Join-Path (Split-Path $env:PORTABILITY_MODULE) en-US) -Filter about_*.help.txt) {
        $blocks = [regex]::Matches(([IO.File]::ReadAllText($file.FullName) -replace '\r', ''), '(?m)(?:^ {8}.*\n)+') | ForEach-Object Value
        @{ Page = $file.Name -replace '\.help\.txt$'; Codes = @($blocks | Where-Object { $_ -match '(?m)^ {8}[$\w].*-Workload' }) }
    }
}

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $script:image, $null = & $PSScriptRoot/LinuxDisks.ps1 $TestDrive

    function New-TestCertificate {
        $key = [Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=example', $key, 'SHA256')
        $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(1))
    }

    function New-PublicKey {
        [Convert]::ToBase64String([Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256).ExportSubjectPublicKeyInfo())
    }

    # Folders and files that examples name.
    function Initialize-Place {
        param([string] $Folder)
        foreach ($place in 'C/VMs', 'D/Images', 'D/dev', 'E/VMs', 'E/Archive', 'F', 'here', 'shares/nas') { $null = New-Item (Join-Path $Folder $place) -ItemType Directory -Force }
        foreach ($file in 'C/VMs/web01.vhdx', 'E/VMs/web01-data.vhdx', 'E/VMs/web01-logs.vhdx', 'D/dev/db01', 'D/Images/db.qcow2', 'here/child.vhdx', 'here/dr-site.cer') {
            $extension = [IO.Path]::GetExtension($file)
            Copy-Item ($images.ContainsKey($extension) ? $images[$extension] : $image) (Join-Path $Folder $file)
        }
        "Name,BootDiskPath,Memory`nfrom-csv,$Folder/C/VMs/web01.vhdx,4294967296" | Set-Content (Join-Path $Folder here/machines.csv)
    }

    function ConvertTo-Local {
        param([string] $Code, [string] $Folder)
        $Code -replace '\\\\(dr|nas|hq)\\', "$Folder/shares/`$1/" -replace '/dev/vg0/', "$Folder/D/dev/" -replace '(?<![\w$])([CDEF]):\\', "$Folder/`$1/" -replace '(?<=[ (])\.\\', "$Folder/here/"
    }

    # Deriving a key takes its time, so pages share a repository; those that change its trust, or make one, get their own.
    $script:trust = 'Add-WorkloadRepositoryKey', 'about_WorkloadRepository'
    $script:own = $trust + 'New-WorkloadRepository', 'about_WorkloadPortability'
    Initialize-TestState
    $script:secret = ConvertTo-Secret 'correct horse'
    $script:certificate = New-TestCertificate

    # What is named an image is one.
    $source = New-WorkloadRepository -Path (Join-Path $TestDrive source) -Passphrase $secret -WarningAction SilentlyContinue
    $taken = New-WorkloadSnapshot world -BootDiskPath $image -Repository $source
    $script:images = @{
        '.vhdx'  = (Restore-WorkloadImage $taken (Join-Path $TestDrive vhdx) -Format Vhdx -SubFormat Fixed).Path
        '.qcow2' = (Restore-WorkloadImage $taken (Join-Path $TestDrive qcow2) -Format Qcow2).Path
    }
    Disconnect-WorkloadRepository $source
    $script:shared = Join-Path $TestDrive shared
    Initialize-Place $shared
    $script:made = New-WorkloadRepository -Path (Join-Path $shared D/Vault) -Passphrase $secret -Certificate $certificate -WarningAction SilentlyContinue
    foreach ($site in 'dr', 'hq') { $null = Sync-WorkloadDelta -Repository $made -Destination (Join-Path $shared shares/$site/vault) }
}

Describe 'Help' {
    It 'has examples of <Page> that run' -ForEach ($pages + $topics) {
        $ErrorActionPreference = 'Stop'
        $WarningPreference = 'SilentlyContinue'
        $ConfirmPreference = 'None'
        function Read-Host { $script:secret }
        function Get-PfxCertificate { $script:certificate }
        function Get-Item { param($Path) if ($Path -like 'Cert:*') { $script:certificate } else { Microsoft.PowerShell.Management\Get-Item $Path } }

        $folder = $shared
        if ($Page -in $own) {
            $folder = Join-Path $TestDrive $Page
            Initialize-Place $folder
        }
        if ($Page -in $trust) { $script:made = New-WorkloadRepository -Path (Join-Path $folder D/Vault) -Passphrase $secret }
        elseif ($Page -notin $own) {
            if ($Page -eq 'Remove-WorkloadRepositoryKey') {
                $null = Add-WorkloadRepositoryKey $made -Certificate (New-TestCertificate) -Name dr-site -OwnerPassphrase $secret
                $null = Add-WorkloadRepositoryKey $made -Signer (New-PublicKey) -Name hyperv02 -OwnerPassphrase $secret
            }
            if (-not @(Get-WorkloadRepository -Id $made.Id -ErrorAction Ignore | Where-Object { $_.HasKey -and $_.Path -eq $made.Path })) {
                $script:made = Connect-WorkloadRepository $made.Path -Passphrase $secret
            }
            $boot = Join-Path $folder C/VMs/web01.vhdx
            Get-Workload web0[1] -Repository $made | Where-Object Disks | Unregister-Workload
            if ($Page -ne 'Register-Workload') { $null = Register-Workload web01 -BootDiskPath $boot -Repository $made }
            $old = New-WorkloadSnapshot web01 -BootDiskPath $boot -Repository $made -Tag test1
            Edit-TestDisk $boot (5MB + 64KB * $old.Sequence) -Seed $old.Sequence
            $snapshot = $new = New-WorkloadSnapshot web01 -BootDiskPath $boot -Repository $made
        }
        $repo = $made
        $dr = Join-Path $folder shares/dr/vault
        $fingerprint = $made.OwnerFingerprint
        $ownerSecret = $secret
        $publicKey = $key = New-PublicKey
        $cert = $certificate
        if ($Page -eq 'Add-WorkloadRepositoryKey') { $old, $new = $secret, (ConvertTo-Secret 'new horse') }

        $Codes.Count | Should -BeGreaterThan 0
        foreach ($code in $Codes) {
            $local = ConvertTo-Local $code $folder
            if ($code -match ' -Damaged ') {
                $number = (New-WorkloadSnapshot web01 -BootDiskPath $boot -Repository $made).Sequence
                $manifest = Join-Path $made.Path snapshots $new.WorkloadId ('{0:d10}' -f $number)
                (Microsoft.PowerShell.Management\Get-Item $manifest).IsReadOnly = $false
                [IO.File]::WriteAllBytes($manifest, [byte[]]::new(100))
            }
            try { $null = . ([scriptblock]::Create($local)) } catch { throw "$local`n$($_ | Out-String)" }
        }
        if ($Page -in $trust) { $script:made = Connect-WorkloadRepository (Join-Path $shared D/Vault) -Passphrase $secret }
        if ($Page -in $own) { Get-WorkloadRepository | Where-Object Path -Like "$folder*" | Disconnect-WorkloadRepository }
    }
}
