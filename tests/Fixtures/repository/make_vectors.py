#!/usr/bin/env python3
"""Writes FormatVectors.cs: stored bytes of a small repository, made by a second implementation that follows FORMAT.md only.

Needs Python 3 and the package `cryptography`. Signatures and wraps are random, so the bytes differ on each run; they are made once and
kept, so that a later change of the format is noticed. Run: make_vectors.py > ../../Repository.Tests/FormatVectors.cs
"""
import base64, hashlib, hmac, json, os, struct, uuid
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def H(data):
    return hashlib.sha256(data).digest()


def hkdf(key, salt, info, length=32):
    prk = hmac.new(salt or bytes(32), key, hashlib.sha256).digest()
    out, block, i = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([i]), hashlib.sha256).digest()
        out, i = out + block, i + 1
    return out[:length]


def private(label):
    return ec.derive_private_key(int.from_bytes(H(label.encode()), "big") >> 1, ec.SECP256R1())


def spki(key):
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def pkcs8(key):
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def b64(data):
    return base64.b64encode(data).decode()


def text(value):
    return json.dumps(value, separators=(",", ":")).encode()


REPOSITORY = uuid.UUID("11223344-5566-4788-99aa-bbccddeeff00")
WORKLOAD = uuid.UUID("0a0b0c0d-0e0f-4011-8213-141516171819")
PASSPHRASE = "correct horse \u00fc"
content, epoch1 = H(b"content key"), H(b"epoch 1")
keyring = b"\x01" + struct.pack("<I", 1) + content + epoch1
owner, signer, receipt = private("owner"), private("signer"), private("receipt")
reader, certificate = private("reader"), rsa.generate_private_key(public_exponent=65537, key_size=2048)


def record(kind, key, body, sealed=None):
    record_id = H(b"record id" + bytes([kind]) + body)
    sealed_length = 0 if sealed is None else 4 + len(sealed) + 16
    head = struct.pack("<4sHBB", b"WPR1", 1, kind, 0 if sealed is None else 1) + REPOSITORY.bytes + record_id + H(spki(key))
    head += struct.pack("<II", len(body), sealed_length)
    part = b""
    if sealed is not None:
        aead = AESGCM(hkdf(epoch1, record_id, b"record"))
        part = struct.pack("<I", 1) + aead.encrypt(bytes(12), sealed, head + H(body))
    signed = head + body + part
    r, s = utils.decode_dss_signature(key.sign(b"WorkloadPortability record 1\0" + signed, ec.ECDSA(hashes.SHA256())))
    return signed + r.to_bytes(32, "big") + s.to_bytes(32, "big")


def wrap_data(recipient, number):
    return REPOSITORY.bytes + bytes.fromhex(recipient) + struct.pack("<Q", number)


def wrap_ec(recipient, number, key):
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    point = ephemeral.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    shared = ephemeral.exchange(ec.ECDH(), key.public_key())
    once = hkdf(shared, point + spki(key), b"wrap")
    return point + AESGCM(once).encrypt(bytes(12), keyring, wrap_data(recipient, number))


def wrap_rsa(recipient, number, key):
    once = os.urandom(32)
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    return key.public_key().encrypt(once, oaep) + AESGCM(once).encrypt(bytes(12), keyring, wrap_data(recipient, number))


def slot(slot_id, purpose, whom, key):
    salt, nonce, rounds = H(b"salt" + purpose), H(b"nonce" + purpose)[:12], 600000
    stretched = hashlib.pbkdf2_hmac("sha512", PASSPHRASE.encode(), salt, rounds, 64)
    inside = text({"private": b64(pkcs8(key)), "owner": H(spki(owner)).hex(), "repository": str(REPOSITORY)})
    data = purpose + b"\0" + bytes.fromhex(slot_id) + REPOSITORY.bytes
    sealed = AESGCM(hkdf(stretched, b"", b"slot/" + purpose)).encrypt(nonce, inside, data)
    return text({"id": slot_id, "repository": str(REPOSITORY), "purpose": purpose.decode(), "for": whom, "kdf": "pbkdf2-hmac-sha512",
                 "rounds": rounds, "salt": salt.hex(), "nonce": b64(nonce), "sealed": b64(sealed)})


configuration = text({"format": 1, "id": str(REPOSITORY), "suite": 1, "blockSize": 65536, "dedup": "repository", "padPacks": False,
                      "random": H(b"random").hex()})
PASSPHRASE_ID, CERTIFICATE_ID, SLOT_ID, OWNER_SLOT_ID = ("%032x" % n for n in (1, 2, 3, 4))
reader_slot = slot(SLOT_ID, b"recipient", PASSPHRASE_ID, reader)
owner_slot = slot(OWNER_SLOT_ID, b"owner", H(spki(owner)).hex(), owner)
trust1 = record(5, owner, text({
    "number": 1, "previous": "", "epoch": 1, "mac": "", "created": "2031-02-03T04:05:06Z", "repository": H(configuration).hex(),
    "admitOwners": [{"key": b64(spki(owner)), "name": "owner"}],
    "admitSigners": [{"key": b64(spki(signer)), "name": "signer", "rights": ["capture", "remove"], "workloads": [str(WORKLOAD)]}],
    "addRecipients": [{"id": PASSPHRASE_ID, "kind": "passphrase", "key": b64(spki(reader)), "name": "reader"}],
    "addSlots": [{"id": SLOT_ID, "hash": H(reader_slot).hex(), "for": PASSPHRASE_ID},
                 {"id": OWNER_SLOT_ID, "hash": H(owner_slot).hex(), "for": H(spki(owner)).hex()}],
    "keyrings": {PASSPHRASE_ID: b64(wrap_ec(PASSPHRASE_ID, 1, reader))}}))
rsa_spki = certificate.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
body2 = {"number": 2, "previous": H(trust1).hex(), "epoch": 1, "mac": "", "created": "2031-02-03T04:05:07.5Z",
         "addRecipients": [{"id": CERTIFICATE_ID, "kind": "certificate", "key": b64(rsa_spki), "name": "certificate"}],
         "keyrings": {CERTIFICATE_ID: b64(wrap_rsa(CERTIFICATE_ID, 2, certificate))}, "unknown": {"kept": True}}
body2["mac"] = hmac.new(hkdf(epoch1, b"", b"trust"), text(body2), hashlib.sha256).hexdigest()
trust2 = record(5, owner, text(body2))
manifest = record(1, signer, b'{"workload":"' + str(WORKLOAD).encode() + b'","number":7}', b'{"machine":"sealed"}')
instance = record(14, receipt, text({"instance": str(WORKLOAD), "key": b64(spki(receipt))}))

print("""namespace Portability.Repository.Tests;

/// <summary>
/// Stored bytes of a small repository in base64, written by tests/Fixtures/repository/make_vectors.py, which knows nothing of this code. They
/// never change: a test that no longer reads them shows a change of the format.
/// </summary>
internal static class FormatVectors
{
    public const string Passphrase = "correct horse \\u00fc";
    public const string Repository = "%s";
    public const string Workload = "%s";
    public const string PassphraseRecipient = "%s";
    public const string CertificateRecipient = "%s";
    public const string RecipientSlotId = "%s";
    public const string OwnerSlotId = "%s";""" % (REPOSITORY, WORKLOAD, PASSPHRASE_ID, CERTIFICATE_ID, SLOT_ID, OWNER_SLOT_ID))
for name, value in (
        ("Keyring", keyring), ("Configuration", configuration), ("RecipientSlot", reader_slot), ("OwnerSlot", owner_slot), ("Trust1", trust1),
        ("Trust2", trust2), ("Manifest", manifest), ("Instance", instance), ("OwnerKey", pkcs8(owner)), ("SignerKey", pkcs8(signer)),
        ("ReaderKey", pkcs8(reader)), ("CertificateKey", pkcs8(certificate)), ("BootContentId", hmac.new(
            hkdf(content, REPOSITORY.bytes, b"content/boot"), bytes(range(256)) * 256, hashlib.sha256).digest())):
    print("\n    public const string %s =" % name)
    encoded = b64(value)
    lines = [encoded[i:i + 120] for i in range(0, len(encoded), 120)]
    print(" +\n".join('        "%s"' % line for line in lines) + ";")
print("}")
