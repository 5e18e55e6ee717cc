"""The networks that are compared: a weights file for this program, and its ONNX and ncnn forms."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools/train"))
from dlvideo_train.network import DeeperLab, Widths  # noqa: E402

SEED = 1
CALIBRATION_PICTURES = 16
PROGRAM = ROOT / ".build/release/dlvideo"
SHIPPED = ROOT / "Sources/DeeperLab/Resources/models/camvid-lite.safetensors"
SAMPLE = ROOT / "Samples/street.mp4"

# "half" lies between the two, to see how time grows with width. "shipped" is a model file.
PRESETS = {
    "paper": Widths.paper(classes=19),
    "half": Widths(
        classes=19, aspp=192, decoder=2048, semantic_head=192, instance_head=48, low_level=32
    ),
    "lite": Widths(classes=11),
}


class Outputs(nn.Module):
    """The network with its outputs as a tuple, as exporters want them."""

    def __init__(self, network: DeeperLab) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.network(picture).values())


def widths(preset: str) -> Widths:
    if preset != "shipped":
        return PRESETS[preset]
    model = shipped_description()
    names = ["aspp", "decoder", "semantic_head", "instance_head", "low_level"]
    values = {name: model[name] for name in names}
    return Widths(classes=len(model["classes"]), rates=tuple(model["rates"]), **values)


def shipped_description() -> dict:
    with safe_open(SHIPPED, "pt") as file:
        return json.loads(file.metadata()["dlvideo"])


def shipped_size() -> tuple[int, int]:
    width, height = shipped_description()["input"]
    return width, height


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


def weights_file(preset: str, folder: Path, calibrated: bool = False) -> Path:
    """A preset with random weights: speed does not depend on them."""
    if preset == "shipped":
        return SHIPPED
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
    state = {k: v.float() for k, v in load_file(weights_file(preset, folder)).items()}
    model.load_state_dict(state, strict=False)
    return Outputs(model).eval()


def onnx_file(preset: str, width: int, height: int, folder: Path) -> Path:
    path = folder / f"{preset}-{width}x{height}.onnx"
    if preset == "shipped" and path.exists() and path.stat().st_mtime < SHIPPED.stat().st_mtime:
        path.unlink()
    if not path.exists():
        picture = torch.zeros(1, 3, height, width)
        torch.onnx.export(network(preset, folder), (picture,), path, dynamo=False, opset_version=17)
    return path


def calibration_pictures(width: int, height: int) -> list[np.ndarray]:
    """Pictures of the sample as the network takes them."""
    import av

    pictures = []
    with av.open(SAMPLE) as sample:
        for index, frame in enumerate(sample.decode(video=0)):
            if index % 9 == 0 and len(pictures) < CALIBRATION_PICTURES:
                rgb = frame.reformat(width, height, "rgb24").to_ndarray()
                pictures.append(rgb.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1)
    return pictures


def quantized_openvino(preset: str, width: int, height: int, folder: Path) -> Path:
    """int8 as NNCF, OpenVINO's own tool, makes it: per-channel weights, calibrated activations."""
    path = folder / f"{preset}-{width}x{height}-int8.xml"
    source = onnx_file(preset, width, height, folder)
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        import nncf
        import openvino

        pictures = nncf.Dataset(calibration_pictures(width, height))
        model = nncf.quantize(
            openvino.Core().read_model(source), pictures, subset_size=CALIBRATION_PICTURES
        )
        openvino.save_model(model, path)
    return path


def quantized_onnx(preset: str, width: int, height: int, folder: Path) -> Path:
    """int8 as ONNX Runtime's own tool makes it (QDQ)."""
    path = folder / f"{preset}-{width}x{height}-int8.onnx"
    source = onnx_file(preset, width, height, folder)
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

        class Pictures(CalibrationDataReader):
            left = iter(calibration_pictures(width, height))

            def get_next(self) -> dict | None:
                picture = next(self.left, None)
                return None if picture is None else {"picture": picture}

        prepared = path.with_suffix(".prepared.onnx")
        _prepare_for_quantization(source, prepared)
        quantize_static(
            prepared,
            path,
            Pictures(),
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
        )
    return path


def _prepare_for_quantization(source: Path, target: Path) -> None:
    import onnx
    from onnxruntime.quantization.shape_inference import quant_pre_process

    quant_pre_process(str(source), str(target))
    model = onnx.load(target)
    old = model.graph.input[0].name
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name == old:
                node.input[index] = "picture"
    model.graph.input[0].name = "picture"
    onnx.save(model, target)


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


def operations(preset: str, width: int, height: int) -> int:
    """Multiplications and additions of one pass, counted by PyTorch."""
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        model = DeeperLab(widths(preset)).eval()
        picture = torch.zeros(1, 3, height, width)
    counter = FlopCounterMode(display=False)
    with counter, torch.inference_mode():
        model(picture)
    return counter.get_total_flops()
