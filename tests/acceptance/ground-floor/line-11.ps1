# Keys and trust: recipients and owners come and go, certificates open, what is not admitted is refused, a wrong secret says one line.
$vault = Join-Path $folder 'vault'; $mirror = Join-Path $folder 'mirror'
$disk = Join-Path $folder 'web.raw'
New-RandomDisk -Path $disk -Length 16MB -Extents 12 -Seed 111
function ConvertTo-Secret { param([string] $Text) ConvertTo-SecureString $Text -AsPlainText -Force }
function Get-PackDigest { (Get-ChildItem (Join-Path $vault 'packs') -Recurse -File | Sort-Object FullName | Get-FileHash | ForEach-Object Hash) -join ' ' }
function Use-OtherMachine {
    # Another state directory: other keys, nothing pinned, nothing seen.
    param([string] $Name, [scriptblock] $Script)
    $state = $env:PORTABILITY_STATE; $env:PORTABILITY_STATE = Join-Path $folder "machine-$Name"
    try { & $Script } finally { $env:PORTABILITY_STATE = $state }
}
function New-Certificate {
    param([string] $Kind)
    $key = $Kind -eq 'RSA' ? [Security.Cryptography.RSA]::Create(3072) : [Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256)
    $request = $Kind -eq 'RSA' `
        ? [Security.Cryptography.X509Certificates.CertificateRequest]::new("CN=$Kind", $key, 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1) `
        : [Security.Cryptography.X509Certificates.CertificateRequest]::new("CN=$Kind", $key, 'SHA256')
    $request.CreateSelfSigned([datetimeoffset]::UtcNow.AddDays(-1), [datetimeoffset]::UtcNow.AddDays(30))
}
$repository = New-WorkloadRepository -Path $vault -Passphrase $secret -Confirm:$false -WarningVariable alone -WarningAction SilentlyContinue
Assert-True ("$alone" -match 'Add-WorkloadRepositoryKey -Owner') 'the one owner is not warned of'
"new repository: $alone"
$first = New-WorkloadSnapshot -Name web01 -BootDiskPath $disk -Repository $repository
$null = Sync-WorkloadDelta -Repository $repository -Destination $mirror

# A recipient added: no pack changes.
$packs = Get-PackDigest
$anna = ConvertTo-Secret 'anna has a long one'
$null = Add-WorkloadRepositoryKey -Repository $repository -Passphrase $anna -Name anna -OwnerPassphrase $secret
Assert-True ($packs -eq (Get-PackDigest)) 'adding a recipient changed a pack'
Assert-True (Connect-WorkloadRepository -Path $vault -Passphrase $anna).HasKey 'the added recipient cannot open'
'recipient added: no pack changed, the passphrase opens'

# Certificates, RSA and EC, from PFX files with a password; without the private key they are refused.
foreach ($kind in 'RSA', 'EC') {
    $made = New-Certificate $kind
    $null = Add-WorkloadRepositoryKey -Repository $repository -Certificate ([Security.Cryptography.X509Certificates.X509CertificateLoader]::LoadCertificate($made.RawData)) -Name $kind -OwnerPassphrase $secret
    $pfx = Join-Path $folder "$kind.pfx"; [IO.File]::WriteAllBytes($pfx, $made.Export('Pfx', 'pfx password'))
    $loaded = Get-PfxCertificate -FilePath $pfx -Password (ConvertTo-Secret 'pfx password')
    $read = Connect-WorkloadRepository -Path $vault -Certificate $loaded
    $restored = Get-WorkloadSnapshot -Repository $read -Name web01 -Latest | Restore-WorkloadImage -DestinationPath (Join-Path $folder "restored-$kind") -Format Raw
    Invoke-Tool cmp $disk $restored.Path | Out-Null
    $public = [Security.Cryptography.X509Certificates.X509CertificateLoader]::LoadCertificate($made.RawData)
    $message = Get-ExpectedError -Id CertificateKeyMissing -Script { Connect-WorkloadRepository -Path $vault -Certificate $public }
    "certificate ${kind}: restored equal; without its private key: $message"
}
$stranger = New-Certificate 'EC'
"a certificate that is no recipient: $(Get-ExpectedError -Id WrongSecret -Script { Connect-WorkloadRepository -Path $vault -Certificate $stranger })"

# A wrong secret: one line, and nothing else told.
$message = Get-ExpectedError -Id WrongSecret -Script { Connect-WorkloadRepository -Path $vault -Passphrase (ConvertTo-Secret 'not the right one') }
Assert-True ($message -notmatch "`n" -and $message -notmatch 'not the right one|anna|slot|recipient') "a wrong secret tells: $message"
"wrong secret: $message"

# Owner pinning: a machine that has pinned nothing is told the fingerprint; a passphrase vouches by itself, a certificate does not.
Use-OtherMachine 'new' {
    # In a job nobody can be asked.
    $message = Start-Job -ArgumentList $root, $vault, $env:PORTABILITY_STATE -ScriptBlock {
        param($root, $vault, $state)
        $env:PORTABILITY_STATE = $state; Import-Module (Join-Path $root 'WorkloadPortability.psd1')
        try { $null = Connect-WorkloadRepository -Path $vault -ErrorAction Stop; 'connected' } catch { "$($_.FullyQualifiedErrorId): $($_.Exception.Message)" }
    } | Receive-Job -Wait -AutoRemoveJob
    Assert-True ($message -like 'OwnerNotPinned*') "expected OwnerNotPinned: $message"
    Assert-True ($message -match $repository.OwnerFingerprint) "the fingerprint is not told: $message"
    "not pinned: $message"
    $null = Get-ExpectedError -Id OwnerChanged -Script { Connect-WorkloadRepository -Path $vault -Fingerprint ('0' * 64) }
    Assert-True (Connect-WorkloadRepository -Path $vault -Certificate $loaded -Fingerprint $repository.OwnerFingerprint).HasKey 'a pinned owner does not let the certificate open'
}
Use-OtherMachine 'member' {
    $member = Connect-WorkloadRepository -Path $vault -Passphrase $secret
    $message = Get-ExpectedError -Id SignerNotAdmitted -Script { New-WorkloadSnapshot -Name web01 -BootDiskPath $disk -Repository $member }
    "passphrase without admission: $message"
}

# Two owners change trust at once: one record after the other, nothing lost.
$second = ConvertTo-Secret 'the second owner'
$null = Add-WorkloadRepositoryKey -Repository $repository -Owner $second -Name 'second' -OwnerPassphrase $secret
$jobs = 1..2 | ForEach-Object {
    Start-Job -ArgumentList $root, $vault, $_, $env:PORTABILITY_STATE -ScriptBlock {
        param($root, $vault, $number, $state)
        $env:PORTABILITY_STATE = $state; $ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
        Import-Module (Join-Path $root 'WorkloadPortability.psd1')
        $open = Connect-WorkloadRepository -Path $vault -Passphrase (ConvertTo-SecureString 'correct horse battery staple' -AsPlainText -Force)
        $owner = ConvertTo-SecureString ($number -eq 1 ? 'correct horse battery staple' : 'the second owner') -AsPlainText -Force
        foreach ($round in 1..3) { $null = Add-WorkloadRepositoryKey -Repository $open -Passphrase (ConvertTo-SecureString "reader $number $round" -AsPlainText -Force) -Name "reader-$number-$round" -OwnerPassphrase $owner }
    }
}
$jobs | Wait-Job | Receive-Job -ErrorAction Stop; $jobs | Remove-Job
$keys = @(Get-WorkloadRepositoryKey -Repository $repository -Name reader-*)
Assert-True ($keys.Count -eq 6 -and @($keys.TrustNumber | Select-Object -Unique).Count -eq 6) "two owners at once: $($keys.Count) of 6 keys stand"
"two owners at once: 6 changes, records $(($keys.TrustNumber | Sort-Object) -join ', ')"
Assert-True (Connect-WorkloadRepository -Path $vault -Passphrase (ConvertTo-Secret 'reader 2 3')).HasKey 'a key of the second owner does not open'

# A recipient removed: the cmdlet says what stays open, the mirror follows, new data is closed to the old secret.
$removed = Get-WorkloadRepositoryKey -Repository $repository -Name anna
Remove-WorkloadRepositoryKey -Key $removed -OwnerPassphrase $secret -Confirm:$false -WarningVariable open -WarningAction SilentlyContinue
Assert-True ("$open" -match 'stays readable') "nothing is said of what stays open: $open"
"recipient removed: $open"
Edit-RandomDisk -Path $disk -Count 20 -Seed 112
$later = New-WorkloadSnapshot -Name web01 -BootDiskPath $disk -Repository $repository
$null = Sync-WorkloadDelta -Repository $repository -Destination $mirror
foreach ($place in $vault, $mirror) { $null = Get-ExpectedError -Id WrongSecret -Script { Connect-WorkloadRepository -Path $place -Passphrase $anna } }
$slots = { param($place) @(Get-ChildItem (Join-Path $place 'trust/slots') -File).Count }
Assert-True ((& $slots $vault) -eq (& $slots $mirror)) 'the mirror has other slots than the origin'
Assert-True (Test-WorkloadSnapshot $later) 'the new snapshot is not sound'
"  closed to it at the origin and at the mirror; $(& $slots $mirror) slots at both"

# Passphrase changed.
$new = ConvertTo-Secret 'a new one for everybody'
$null = Add-WorkloadRepositoryKey -Repository $repository -Passphrase $new -OldPassphrase $secret -OwnerPassphrase $secret -Name main -WarningAction SilentlyContinue
$null = Get-ExpectedError -Id WrongSecret -Script { Connect-WorkloadRepository -Path $vault -Passphrase $secret }
$repository = Connect-WorkloadRepository -Path $vault -Passphrase $new
Assert-True (Get-WorkloadSnapshot -Repository $repository -Name web01 | Test-WorkloadSnapshot | Where-Object { -not $_ } | Measure-Object).Count.Equals(0) 'a snapshot does not read after the change'
'passphrase changed: the old one is refused, all snapshots read with the new one'

# -Pull, a mirror without slots, receipts, and a rollback that is refused.
Use-OtherMachine 'dr' {
    $origin = Connect-WorkloadRepository -Path $vault -Fingerprint $repository.OwnerFingerprint
    $pulled = Join-Path $folder 'pulled'
    $there = @(Sync-WorkloadDelta -Repository $origin -Destination $pulled -Pull -WithoutKey)
    Assert-True ($there.Count -eq 2 -and -not (Test-Path (Join-Path $pulled 'trust/slots'))) '-Pull -WithoutKey did not bring the snapshots without slots'
    Assert-True (@($there | Test-WorkloadSnapshot).Where({ -not $_ }).Count -eq 0) 'what was pulled is not sound'
    $receipt = @(($there[-1] | Test-WorkloadSnapshot -Detailed).Receipts)[0]
    Assert-True ($receipt.IsVerified -and $receipt.Sequence -eq 2) 'no receipt is shown'
    "pulled without keys by another machine: receipt for #$($receipt.Sequence), signed by $($receipt.SignerFingerprint.Substring(0, 16))..., verified $($receipt.IsVerified)"
    $null = Get-ExpectedError -Id KeySlotsAbsent -Script { Connect-WorkloadRepository -Path $pulled -Passphrase $new }
    $newest = Join-Path $vault "snapshots/$($later.WorkloadId)/0000000002"
    $bytes = [IO.File]::ReadAllBytes($newest); Remove-Item $newest -Force
    "rollback: $(Get-ExpectedError -Id RolledBack -Script { Sync-WorkloadDelta -Repository $origin -Destination $pulled -Pull -ErrorAction Stop })"
    [IO.File]::WriteAllBytes($newest, $bytes)
}

# What takes a hand on the stored bytes: a slot and a chain of an attacker's, wrapped to the public certificate, and all else of trust.
Invoke-TestClass -Project Repository.Tests -Class '*TrustEditorTests', '*TrustChainTests', '*RepositoryOpenerTests', '*RepositoryMirrorTests', '*KeySlotTests', '*KeyWrapTests' -Long:$Long
