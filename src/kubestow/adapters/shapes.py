"""What is decoded into typed objects, from any thread.

msgspec completes what it knows of a type when a decoder of it is first made. A thread that decodes
the same type meanwhile reads what is not there yet, and the process ends by a segmentation fault
(msgspec 0.22, json_decode_struct_map_inner). So decoders are made by one thread at a time, here.
"""

import threading
from typing import Any, TypeVar, overload

import msgspec

Shape = TypeVar("Shape")
_LOCK = threading.RLock()
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


@overload
def decoder(shape: type[Shape]) -> msgspec.json.Decoder[Shape]: ...
@overload
def decoder(shape: Any) -> msgspec.json.Decoder[Any]: ...
def decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    """Return the decoder of a type, the same each time."""
    found = _DECODERS.get(shape)
    if found is None:
        with _LOCK:
            found = _DECODERS.setdefault(shape, msgspec.json.Decoder(shape))
    return found


@overload
def decoded(json: bytes | str | msgspec.Raw, shape: type[Shape]) -> Shape: ...
@overload
def decoded(json: bytes | str | msgspec.Raw, shape: Any) -> Any: ...
def decoded(json: bytes | str | msgspec.Raw, shape: Any) -> Any:
    """Return what JSON says as a type; raise msgspec.DecodeError or ValidationError."""
    return decoder(shape).decode(json)


@overload
def converted(value: Any, shape: type[Shape]) -> Shape: ...
@overload
def converted(value: Any, shape: Any) -> Any: ...
def converted(value: Any, shape: Any) -> Any:
    """Return plain values as a type; raise msgspec.ValidationError."""
    with _LOCK:
        return msgspec.convert(value, shape)
