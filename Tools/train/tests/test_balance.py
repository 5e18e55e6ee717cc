"""Biases of the semantic logits: counted as a brute search counts, best on uneven scores."""

from pathlib import Path

import numpy as np
import pytest
import torch

from dlvideo_train.commands import main
from dlvideo_train.data.classes import CAMVID, VOID
from dlvideo_train.decoding.fusion import upsampled
from dlvideo_train.model_file import ModelHeader, load_model, save_model
from dlvideo_train.network import DeeperLab, Widths
from dlvideo_train.scoring.balance import CANDIDATES, LIMIT, Picture, balanced, confusions
from dlvideo_train.scoring.metrics import SemanticScores, ious, mean_of

CLASSES = CAMVID[:4]
SMALL = Widths(11, aspp=8, decoder=64, semantic_head=16, instance_head=8, low_level=4)


def pictures(count: int = 3, skew: np.ndarray | float = 0) -> list[Picture]:
    """Noisy logits of blocky labels, with something added to each class's; some void."""
    rng = np.random.default_rng(5)
    made = []
    for n in range(count):
        truth = rng.integers(0, 4, (6, 8)).repeat(4, 0).repeat(4, 1).astype(np.uint8)
        logits = rng.normal(size=(4, 6, 8)) + 2 * (
            truth[None, ::4, ::4] == np.arange(4)[:, None, None]
        )
        truth[:3, :5] = VOID
        made.append(
            Picture((logits + np.reshape(skew, (-1, 1, 1))).astype(np.float32), truth, n % 2)
        )
    return made


def score_of(made: list[Picture], biases: np.ndarray) -> np.ndarray:
    """Each source's mean IoU, by the scores of evaluation."""
    scores = [SemanticScores(CLASSES) for _ in range(2)]
    for one in made:
        found = upsampled(one.logits + biases[:, None, None].astype(np.float32)).argmax(0)
        scores[one.source].add(one.truth, found)
    return np.array([s.mean() for s in scores])


def test_all_candidates_are_counted_in_one_pass() -> None:
    made, biases = pictures(), np.array([0.1, -0.35, 0.5, 0.2])
    for label in range(4):
        counts = confusions(made, biases, label)
        for n, value in enumerate(CANDIDATES):
            biases_there = np.where(np.arange(4) == label, value, biases)
            found = [mean_of(ious(source[n])) for source in counts]
            np.testing.assert_allclose(found, score_of(made, biases_there), atol=1e-12)


def test_what_was_added_to_a_class_is_taken_away() -> None:
    skew = np.array([0, 0.8, 0, -0.6])
    biases, before, after = balanced(pictures(40, skew), [1, 3], 4)
    made = pictures(40, skew)
    assert before == pytest.approx(np.average(score_of(made, np.zeros(4)), weights=[1, 3]))
    assert after == pytest.approx(np.average(score_of(made, biases), weights=[1, 3]))
    even = np.average(score_of(pictures(40), np.zeros(4)), weights=[1, 3])
    assert after >= even > before + 0.02
    centred = biases + skew
    assert np.abs(centred - centred.mean()).max() < 0.3
    assert np.abs(biases).max() <= LIMIT


def test_nothing_is_added_where_nothing_helps() -> None:
    truth = np.arange(4, dtype=np.uint8).repeat(8)[None].repeat(32, 0)
    sure = np.where(truth[None, ::4, ::4] == np.arange(4)[:, None, None], 50.0, 0)
    right = Picture(sure.astype(np.float32), upsampled(sure).argmax(0).astype(np.uint8))
    biases, before, after = balanced([right], [1], 4)
    assert before == after == 1 and not biases.any()


def test_a_model_file_with_other_biases(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    model, out = tmp_path / "m.safetensors", tmp_path / "out.safetensors"
    torch.manual_seed(3)
    save_model(model, DeeperLab(SMALL).eval(), ModelHeader(SMALL, grouping={"support": 2}))
    command = ["balance", str(model), "scenes:0-2", "-o", str(out), "--size", "64x48", "--float32"]
    assert main(command) == 0
    told = capsys.readouterr().err
    assert "mIoU" in told and str(out) in told
    before, (network, header) = load_model(model)[0].parameter_tensors(), load_model(out)
    assert header.grouping == {"support": 2}
    after = network.parameter_tensors()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"heads.semantic.logits.bias"}
    # Saying so again adds no more.
    assert main([*command[:1], str(out), *command[2:]]) == 0
    first, _, second = capsys.readouterr().err.rpartition("mIoU ")[2].partition(" is now ")
    assert first == second.partition(" ")[0]


def test_sources_of_other_classes_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    model = tmp_path / "m.safetensors"
    widths = Widths(4, aspp=8, decoder=64, semantic_head=16, instance_head=8, low_level=4)
    save_model(model, DeeperLab(widths).eval(), ModelHeader(widths, CLASSES))
    command = ["balance", str(model), "scenes:0-2", "-o", str(tmp_path / "out")]
    assert main(command) == 69
    assert "classes" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
