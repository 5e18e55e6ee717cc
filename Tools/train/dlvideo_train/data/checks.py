"""What is checked before training starts, so that no run ends hours later on a bad file."""

from collections.abc import Callable, Sequence

from .classes import difference
from .labelled_files import LabelledFiles
from .parallel import each
from .sample import DataError, Source

CHUNK = 32  # samples that a worker takes at once


def check_classes(sources: Sequence[tuple[str, Source]]) -> None:
    """Sources that are mixed must have the same classes in the same order."""
    first_name, first = sources[0]
    for name, source in sources[1:]:
        differs = difference(first.classes, source.classes)
        if differs:
            raise DataError(f"{first_name} and {name} cannot be mixed: {differs}")


def first_error(source: LabelledFiles, indices: range) -> str | None:
    """What is wrong with the first bad sample among those, if any is."""
    for index in indices:
        try:
            source.verify(index)
        except DataError as error:
            return str(error)
    return None


def scan(
    source: Source,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Reads every label and every picture's header, on all cores; throws the first error.

    Sources that make their samples have nothing to check.
    """
    if not isinstance(source, LabelledFiles):
        return
    count = len(source)
    chunks = [range(n, min(n + CHUNK, count)) for n in range(0, count, CHUNK)]
    errors = each(source, first_error, chunks, workers)
    for chunk, error in zip(chunks, errors, strict=True):
        if error:
            errors.close()
            raise DataError(error)
        if progress:
            progress(chunk.stop, count)
