"""Our cross entropy of enlarged logits agrees with PyTorch's, forward and backward."""

import pytest
import torch

from dlvideo_train import cross_entropy
from dlvideo_train.cross_entropy import EnlargedCrossEntropy, enlarged_cross_entropy
from dlvideo_train.data.classes import VOID
from dlvideo_train.native import library

CASES = [
    # pictures, classes, height, width in cells, spread of the logits
    (2, 11, 12, 18, 3.0),
    (1, 2, 1, 1, 1.0),
    (1, 19, 5, 16, 30.0),
    (3, 3, 2, 33, 100.0),
]


def results(case: tuple, monkeypatch: pytest.MonkeyPatch | None) -> tuple[torch.Tensor, ...]:
    """Losses and the logits' gradient; with `monkeypatch` PyTorch's."""
    pictures, classes, height, width, spread = case
    torch.manual_seed(0)
    logits = (torch.randn(pictures, classes, height, width) * spread).requires_grad_()
    labels = torch.randint(0, classes + 1, (pictures, 4 * height, 4 * width), dtype=torch.uint8)
    labels[labels == classes] = VOID
    weight = torch.rand(labels.shape) + 0.5
    gradient = torch.randn(labels.shape) * (torch.rand(labels.shape) < 0.1)
    gradient[:, :, :1] = 1
    if monkeypatch:
        monkeypatch.setattr(cross_entropy, "library", lambda _name: None)
    losses = enlarged_cross_entropy(logits, labels, weight)
    losses.backward(gradient)
    assert (losses[labels == VOID] == 0).all()
    return losses.detach(), logits.grad


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_pytorch(case: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    assert library("cross_entropy") is not None, "the tests need a C compiler"
    for ours, theirs in zip(results(case, None), results(case, monkeypatch), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=2e-6 * theirs.abs().max().item())


def test_gradient_does_not_depend_on_the_number_of_threads() -> None:
    torch.manual_seed(0)
    logits = torch.randn(3, 11, 9, 21)
    labels = torch.randint(0, 11, (3, 36, 84), dtype=torch.uint8)
    found, before = [], torch.get_num_threads()
    for threads in (1, 3):
        torch.set_num_threads(threads)
        leaf = logits.clone().requires_grad_()
        EnlargedCrossEntropy.apply(leaf, labels, torch.ones(labels.shape)).sum().backward()
        found.append(leaf.grad)
    torch.set_num_threads(before)
    assert torch.equal(*found)
