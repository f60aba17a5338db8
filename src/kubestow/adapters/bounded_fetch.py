"""One HTTP request with a limit of time for all of it, and of size.

The time limit of a socket is for each of its reads: a server that sends a byte now and then would
never end. The request runs in a thread that is waited for no longer than the limit, and that ends
with the program.
"""

import threading
import urllib.error
import urllib.request
from queue import Empty, SimpleQueue

BYTES_MAX = 4 * 2**20  # the most that a registry has to accept as a manifest (OCI Distribution)
_ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)


def fetched(url: str, authorization: str, form: bytes | None = None, *, seconds: float) -> bytes:
    """Return the content of a URL; ``form`` is posted.

    Raise TimeoutError after ``seconds``, ValueError for too large a response or an address that is
    none, and whatever urllib raises.
    """
    outcome: SimpleQueue[bytes | Exception] = SimpleQueue()

    def run() -> None:
        try:
            outcome.put(_response(url, authorization, form, seconds))
        except Exception as problem:  # raised again by the thread that waits
            outcome.put(problem)

    threading.Thread(target=run, daemon=True).start()
    try:
        result = outcome.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no complete response within {seconds:.0f} seconds") from None
    if isinstance(result, Exception):
        raise result
    return result


def _response(url: str, authorization: str, form: bytes | None, seconds: float) -> bytes:
    request = urllib.request.Request(url, form, {"Accept": _ACCEPT})
    if authorization:  # not sent to the target of a redirect
        request.add_unredirected_header("Authorization", authorization)
    try:
        with urllib.request.urlopen(request, timeout=max(seconds, 0.1)) as answer:
            content: bytes = answer.read(BYTES_MAX + 1)
    except urllib.error.HTTPError as problem:
        problem.close()
        raise
    if len(content) > BYTES_MAX:
        raise ValueError("the response is too large")
    return content
