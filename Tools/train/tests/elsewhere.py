"""A stand-in for a GPU: tensors that say they are on another device, and compute on the CPU.

As on a GPU, an operation whose tensors are on two devices fails, and so does reading one's memory
(numpy, native kernels). The name is PyTorch's "meta", which every build has.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta")
# What may have tensors of two devices.
MOVES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)


class Elsewhere(Tensor):
    """A tensor there."""

    @staticmethod
    def __new__(cls, here: Tensor) -> "Elsewhere":
        return Tensor._make_wrapper_subclass(
            cls,
            here.shape,
            strides=here.stride(),
            storage_offset=here.storage_offset(),
            dtype=here.dtype,
            layout=here.layout,
            device=DEVICE,
        )

    def __init__(self, here: Tensor) -> None:
        self.here = here

    @classmethod
    def __torch_dispatch__(
        cls, function: Callable, _types: tuple, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        return computed(function, args, kwargs or {})


def computed(function: Callable, args: tuple, kwargs: dict) -> Any:
    """What the operation gives, on the device of its tensors or the one it names."""
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    there = [tensor for tensor in tensors if isinstance(tensor, Elsewhere)]
    is_there = bool(there)
    # A number may be on the CPU.
    here = any(t.ndim > 0 and not isinstance(t, Elsewhere) for t in tensors)
    if here and there and function not in MOVES:
        raise RuntimeError(f"{function}: tensors on two devices")
    if kwargs.get("device") is not None:
        is_there = torch.device(kwargs["device"]) == DEVICE
        kwargs = kwargs | {"device": torch.device("cpu")}
    args, kwargs = tree_map(lambda x: x.here if isinstance(x, Elsewhere) else x, (args, kwargs))
    known = {id(tensor.here): tensor for tensor in there}

    def placed(result: Any) -> Any:
        if not isinstance(result, Tensor) or not is_there:
            return result
        # What works in place gives its own tensor.
        return known.get(id(result)) if id(result) in known else Elsewhere(result)

    return tree_map(placed, function(*args, **kwargs))


class AnotherDevice(TorchDispatchMode):
    """Within it the device is there."""

    def __torch_dispatch__(
        self, function: Callable, _types: tuple, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        return computed(function, args, kwargs or {})
