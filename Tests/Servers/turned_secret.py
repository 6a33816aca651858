"""Writes a secret that the caller does not know to a file, and prints every byte of it with its bits turned round.

    python turned_secret.py PATH
"""

from __future__ import annotations

import os
import sys
import uuid

text = (uuid.uuid4().hex + uuid.uuid4().hex).encode()
with open(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
    file.write(text)
print(bytes(byte ^ 0xFF for byte in text).hex())
