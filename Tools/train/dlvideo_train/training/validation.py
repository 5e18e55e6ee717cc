"""Scores while training: of the averaged weights, on sources kept aside."""

from collections.abc import Sequence
from pathlib import Path

from ..data.sample import Source
from ..model_file import ModelHeader, save_model
from ..network import DeeperLab
from ..scoring.score import score


class Validation:
    """Writes the averaged weights as RUN/latest.safetensors and scores them."""

    def __init__(
        self,
        sources: Sequence[tuple[str, Source]],
        header: ModelHeader,
        run: Path,
        limit: int | None = None,
    ) -> None:
        self.sources, self.header, self.run, self.limit = sources, header, run, limit

    def prefixes(self) -> list[str]:
        """What column names begin with: nothing for one source, else its kind."""
        if len(self.sources) == 1:
            return [""]
        kinds = [text.partition(":")[0] for text, _ in self.sources]
        return [
            f"{kind} " if kinds.count(kind) == 1 else f"{kind} {n + 1} "
            for n, kind in enumerate(kinds)
        ]

    def __call__(self, averaged: DeeperLab) -> dict[str, float]:
        """pq, sq, rq, pc and miou of every source; nothing without sources."""
        save_model(self.run / "latest.safetensors", averaged, self.header)
        record: dict[str, float] = {}
        for prefix, (_, source) in zip(self.prefixes(), self.sources, strict=True):
            mean = score(averaged, self.header, source, self.limit).mean()
            record |= {prefix + name: value for name, value in mean.items()}
        return record
