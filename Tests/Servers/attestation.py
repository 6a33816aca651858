"""Reads a DSSE envelope as other people's tools do: `attestation.py ENVELOPE PUBLIC_KEY FOLDER`.

The signature is verified by securesystemslib, the statement and SLSA's predicate are read by the messages of
in-toto-attestation, which know every field. Prints the subject's digest, then the wheels' names, and leaves in the folder
what openssl wants to verify it once more: `key.pem`, `message`, `signature`.
"""

import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key
from google.protobuf.json_format import ParseDict
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey


def main(envelope_path: str, key_path: str, folder: str) -> int:
    data = json.loads(Path(envelope_path).read_bytes())
    key_id = data["signatures"][0]["keyid"]
    public = load_ssh_public_key(Path(key_path).read_bytes())
    envelope = Envelope.from_dict(data)
    envelope.verify([SSlibKey.from_crypto(public, keyid=key_id, scheme="ed25519")], 1)
    assert envelope.payload_type == "application/vnd.in-toto+json"

    document = json.loads(envelope.payload)
    # The message calls the field type; JSON has it with the underscore.
    assert document["_type"] == "https://in-toto.io/Statement/v1"
    statement = Statement.copy_from_pb(ParseDict(document, StatementMessage()))
    statement.validate()
    assert statement.pb.predicate_type == "https://slsa.dev/provenance/v1"
    provenance = ParseDict(document["predicate"], Provenance())
    assert provenance.build_definition.build_type and provenance.run_details.builder.id
    dependencies = provenance.build_definition.resolved_dependencies
    assert all(len(dependency.digest["sha256"]) == 64 for dependency in dependencies)

    out = Path(folder)
    out.mkdir(exist_ok=True)
    (out / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (out / "message").write_bytes(envelope.pae())
    (out / "signature").write_bytes(bytes.fromhex(envelope.signatures[key_id].signature))
    print(statement.pb.subject[0].digest["sha256"])
    print(*sorted(dependency.name for dependency in dependencies))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
