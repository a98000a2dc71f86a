# The architecture tests hold the dependency list, file lengths, help, and that nothing below the engine reads clock, environment or console;
# the whole of .ci/run ends within 14 minutes, by its own clock.
Invoke-TestClass -Project Architecture.Tests -Class @(
    '*ProjectReferenceTests', '*SourceRuleTests', '*CmdletCompanionTests', '*CmdletRuleTests', '*EmittedTypeTests', '*ErrorTextTests', '*BinLayoutTests', '*ApprovedSurfaceTests')
if (-not $IsLinux) { 'not reached: .ci/run is for Linux'; return }
$output = Invoke-Tool bash (Join-Path $root '.ci/run')
$text = $output | Out-String
Assert-True ($text -match 'Done after (\d+) s\.') '.ci/run did not print how long it took'
$seconds = [int] $Matches[1]
Assert-True ($text -match '(?m)^(\d+) passed, (\d+) failed, (\d+) skipped') '.ci/run did not print what passed'
"$($Matches[0]) in $seconds s"
Assert-True ($seconds -le 14 * 60) "$seconds s are more than 14 minutes"
