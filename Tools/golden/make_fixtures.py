"""Writes Tests/DeeperLabTests/Fixtures: what PyTorch says of small hashed networks.

    PYTHONPATH=Tools/train python Tools/golden/make_fixtures.py

Only inputs and expected outputs are stored; the weights follow from their names
(hashed.py, Fixtures/RULE.md). The last cases run the shipped model.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from dlvideo_train.network import DeeperLab, Widths
from hashed import image, tensor
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests/DeeperLabTests/Fixtures"
SHIPPED_MODEL = ROOT / "Sources/DeeperLab/Resources/models/camvid-lite.safetensors"
FEATURES = ("low", "high", "context", "decoded")

TINY = Widths(5, aspp=8, decoder=64, semantic_head=16, instance_head=8, low_level=4)
ODD = Widths(3, aspp=11, decoder=80, semantic_head=7, instance_head=5, low_level=3, rates=(2, 5, 9))
WIDE = Widths(19, aspp=40, decoder=256, semantic_head=48, instance_head=24, low_level=8)


@dataclass(frozen=True)
class Case:
    """One network on one image."""

    name: str
    widths: Widths
    width: int
    height: int
    with_features: bool = False

    @property
    def model(self) -> str:
        """The stream that the weights come from: cases of the same widths share them."""
        return self.name.split("-")[0]


CASES = (
    Case("tiny-64x48", TINY, 64, 48, with_features=True),
    Case("tiny-16x16", TINY, 16, 16),
    Case("tiny-96x64", TINY, 96, 64),
    Case("odd-128x80", ODD, 128, 80, with_features=True),
    Case("odd-48x112", ODD, 48, 112),
    Case("wide-80x64", WIDE, 80, 64),
)
# Of the shipped model's maps every Nth value is stored; N prime, so that all columns occur.
SHIPPED = {(64, 48): 7, (512, 288): 97}


def hashed_network(model: str, widths: Widths) -> DeeperLab:
    """The network whose weights follow from `model` and the tensors' names."""
    network = DeeperLab(widths).eval()
    with torch.no_grad():
        for name, parameter in network.parameter_tensors().items():
            parameter.copy_(torch.from_numpy(tensor(model, name, tuple(parameter.shape))))
    return network


def run(network: DeeperLab, rgb: np.ndarray) -> dict[str, torch.Tensor]:
    """Head outputs and the features between the parts, float32 NCHW."""
    x = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.no_grad():
        low, high = network.encoder(x)
        context = network.aspp(high)
        decoded = network.decoder(low, context)
        heads = {name: head(decoded) for name, head in network.heads.items()}
    features = dict(zip(FEATURES, (low, high, context, decoded), strict=True))
    return {name: value.contiguous() for name, value in (features | heads).items()}


def health(values: dict[str, torch.Tensor]) -> str:
    """Deviation over positions, relative to the largest value: a map must not be flat."""
    ratios = (
        f"{n} {v.std((2, 3), correction=0).mean() / v.abs().max():.3f}" for n, v in values.items()
    )
    return "  ".join(ratios)


def write_hashed(case: Case, folder: Path) -> dict:
    rgb = image(case.name, case.width, case.height)
    network = hashed_network(case.model, case.widths)
    values = run(network, rgb)
    print(f"{case.name}: {health(values)}")
    if not case.with_features:
        values = {n: v for n, v in values.items() if n not in FEATURES}
    save_file({"input": torch.from_numpy(rgb), **values}, folder / f"{case.name}.safetensors")
    shapes = {n: list(t.shape) for n, t in network.parameter_tensors().items()}
    (folder / f"{case.model}.tensors.json").write_text(json.dumps(shapes, indent=0) + "\n")
    return {
        "name": case.name,
        "model": case.model,
        "input": [case.width, case.height],
        "widths": asdict(case.widths),
    }


def write_shipped(size: tuple[int, int], stride: int, folder: Path) -> dict:
    name = f"shipped-{size[0]}x{size[1]}"
    network = DeeperLab().eval()
    state = {n: t.float() for n, t in load_file(SHIPPED_MODEL).items()}
    missing, unexpected = network.load_state_dict(state, strict=False)
    assert not unexpected and all(n.endswith("num_batches_tracked") for n in missing)
    values = run(network, image(name, *size))
    print(f"{name}: {health(values)}")
    heads = {n: v for n, v in values.items() if n not in FEATURES}
    maxima = {f"{n}.max": v.abs().max().reshape(1) for n, v in heads.items()}
    samples = {n: v.flatten()[::stride].clone() for n, v in heads.items()}
    save_file(samples | maxima, folder / f"{name}.safetensors")
    return {"name": name, "input": list(size), "stride": stride}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=FIXTURES)
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    index = {
        "hashed": [write_hashed(case, folder) for case in CASES],
        "shipped": [write_shipped(size, stride, folder) for size, stride in SHIPPED.items()],
    }
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)
    (folder / "cases.json").write_text(json.dumps(index, indent=1) + "\n")
    print(f"{sum(f.stat().st_size for f in folder.iterdir()) / 1e6:.2f} MB in {folder}")


if __name__ == "__main__":
    main()
