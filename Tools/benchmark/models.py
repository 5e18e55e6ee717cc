"""The networks that are compared: a weights file for this program, and its ONNX and ncnn forms."""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "train"))
from dlvideo_train.network import DeeperLab, Widths

SEED = 1


class Outputs(nn.Module):
    """The network with its outputs as a tuple, as exporters want them."""

    def __init__(self, network: DeeperLab) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.network(picture).values())


def widths(preset: str) -> Widths:
    return Widths.paper(classes=19) if preset == "paper" else Widths(classes=11)


def description(preset: str) -> str:
    """The metadata text of a weights file (DESIGN: model files)."""
    w = widths(preset)
    return json.dumps(
        {
            "architecture": "deeperlab-wmnv2",
            "aspp": w.aspp,
            "decoder": w.decoder,
            "semantic_head": w.semantic_head,
            "instance_head": w.instance_head,
            "low_level": w.low_level,
            "rates": list(w.rates),
            "keypoint_radius": 8,
            "input": [512, 512],
            "mean": 127.5,
            "scale": 127.5,
            "classes": [{"id": i, "name": f"class {i}", "isthing": 0} for i in range(w.classes)],
        }
    )


def weights_file(preset: str, folder: Path) -> Path:
    """A preset with random weights: speed does not depend on them."""
    path = folder / f"{preset}.safetensors"
    if not path.exists():
        torch.manual_seed(SEED)
        state = DeeperLab(widths(preset)).state_dict()
        kept = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
        save_file(kept, path, metadata={"dlvideo": description(preset)})
    return path


def network(preset: str, folder: Path) -> Outputs:
    """The weights file in PyTorch."""
    model = DeeperLab(widths(preset))
    model.load_state_dict(load_file(weights_file(preset, folder)), strict=False)
    return Outputs(model).eval()


def onnx_file(preset: str, width: int, height: int, folder: Path) -> Path:
    path = folder / f"{preset}-{width}x{height}.onnx"
    if not path.exists():
        picture = torch.zeros(1, 3, height, width)
        torch.onnx.export(network(preset, folder), (picture,), path, dynamo=False, opset_version=17)
    return path


def ncnn_files(preset: str, width: int, height: int, folder: Path) -> tuple[Path, Path]:
    """ncnn's parameters and weights, converted by pnnx."""
    stem = folder / f"{preset}-{width}x{height}"
    param, weights = stem.with_suffix(".ncnn.param"), stem.with_suffix(".ncnn.bin")
    if not param.exists():
        import pnnx

        picture = torch.zeros(1, 3, height, width)
        pnnx.export(
            network(preset, folder),
            str(stem.with_suffix(".pt")),
            (picture,),
            fp16=False,
            ncnnparam=str(param),
            ncnnbin=str(weights),
        )
    return param, weights
