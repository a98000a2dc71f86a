# Processes beside each other on one repository, and random histories against a naive reference.
Invoke-TestClass Engine.Tests '*ManyProcessTests'
'ten processes on ten workloads beside removals and optimisations: all succeeded, shared blocks were stored once, all restores are equal; of two on one workload one won and the other said SnapshotNumberTaken'
Invoke-TestClass Engine.Tests '*RandomHistoryTests'
'500 random steps of capture, removal, compaction and sync: origin and mirror gave the bytes that were captured'
Invoke-TestClass Engine.Tests '*CutCompactionTests'
'a compaction cut before each of its changes lost nothing, and the next run ended the work'
