"""C files of this folder, compiled when first needed, for the machine at hand.

They are kept in the user's cache folder. Without a C compiler there are none, and PyTorch's
own operations serve.
"""

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import torch
from torch import Tensor

FLAGS = ("-O3", "-march=native", "-fopenmp", "-shared", "-fPIC", "-std=gnu11")


@functools.cache
def library(name: str, maps: torch.dtype = torch.bfloat16) -> ctypes.CDLL | None:
    """`name`.c of this folder for maps of bfloat16 or float32; None where there is no compiler."""
    source = Path(__file__).with_name(f"{name}.c")
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        return None
    cpu = Path("/proc/cpuinfo")
    model = [x for x in cpu.read_text().splitlines() if "flags" in x][:1] if cpu.exists() else []
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True).stdout
    text = [file.read_text() for file in (source, *sorted(source.parent.glob("*.h")))]
    flags = FLAGS + (("-DFLOAT_MAPS",) if maps == torch.float32 else ())
    key = hashlib.sha256(repr((text, flags, model, version)).encode()).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "dlvideo-train"
    path = cache / f"{name}-{key[:16]}.so"
    if not path.exists():
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cache) as folder:
                built = Path(folder) / path.name
                command = [compiler, *flags, str(source), "-o", str(built), "-lm"]
                subprocess.run(command, check=True, capture_output=True)
                built.replace(path)
        except (OSError, subprocess.CalledProcessError):
            return None
    return ctypes.CDLL(str(path))


def pointer(tensor: Tensor) -> ctypes.c_void_p:
    """The address of a tensor's first element."""
    return ctypes.c_void_p(tensor.data_ptr())
