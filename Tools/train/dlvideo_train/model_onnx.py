"""ONNX from a network, for other engines: one input, `picture`, and the five heads."""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from .model_file import ModelError
from .network import DeeperLab

OPSET = 17
INPUT = "picture"
TOLERANCE = 1e-4  # of a head's largest value


class Outputs(nn.Module):
    """The network with its outputs as a tuple, as exporters want them."""

    def __init__(self, network: DeeperLab) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.network(picture).values())


def export_onnx(network: DeeperLab, path: Path, size: tuple[int, int]) -> None:
    """Writes float32 ONNX for pictures [1, 3, H, W] in [-1, 1] of `size` (width, height)."""
    picture = torch.zeros(1, 3, size[1], size[0])
    names = list(network.widths.outputs())
    with warnings.catch_warnings():
        # The newer exporter needs one more package and gives the same graph.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Outputs(network).eval(),
            (picture,),
            path,
            input_names=[INPUT],
            output_names=names,
            opset_version=OPSET,
            dynamo=False,
        )


@torch.no_grad()
def check_onnx(network: DeeperLab, path: Path, size: tuple[int, int]) -> dict[str, float]:
    """max |a - b| / max |b| of every head, ONNX Runtime against PyTorch, on a random picture.

    Where one is above `TOLERANCE` the file is removed, and `ModelError` thrown.
    """
    # Here, as whoever only exports for another engine need not have this one in its process.
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    picture = torch.rand(1, 3, size[1], size[0], generator=torch.Generator().manual_seed(0)) * 2 - 1
    expected = network.eval()(picture)
    found = session.run(list(expected), {INPUT: picture.numpy()})
    errors = {}
    for (name, theirs), ours in zip(expected.items(), found, strict=True):
        error = (torch.from_numpy(ours) - theirs).abs().max() / theirs.abs().max().clamp(min=1e-6)
        errors[name] = float(error)
        if not error <= TOLERANCE:
            path.unlink()
            raise ModelError(f"{path}: {name} differs from PyTorch's by {float(error):.2g}")
    return errors
