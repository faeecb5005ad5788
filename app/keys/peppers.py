"""Of a key only a digest is kept, made with a pepper that is not in the database."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

PURPOSE: Final = b"pepper of the keys"


class Peppers:
    """Peppers by their names, each from a secret of the service; the first one makes new digests.

    A key is kept with the name of its pepper, so that the secret can be changed.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        peppers = [hmac.digest(secret.encode(), PURPOSE, sha256) for secret in secrets]
        self._peppers = {sha256(pepper).hexdigest()[:8]: pepper for pepper in peppers}
        self.present = next(iter(self._peppers))

    def digest(self, text: str, pepper_id: str) -> str:
        """Digest a key; with a pepper that is gone, to what nothing is equal to."""
        return hmac.digest(self._peppers.get(pepper_id, b""), text.encode(), sha256).hex()

    def proves(self, text: str, pepper_id: str, digest: str) -> bool:
        """Ask if this is the key of a digest; to say no takes as long as to say yes."""
        return hmac.compare_digest(self.digest(text, pepper_id), digest)
