"""recipe: several trainings, each beginning with the model before it, from one file."""

import argparse
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from ..data.open_source import open_source
from ..data.sample import DataError, MissingError
from .balancing import balance
from .options import UsageError
from .training import sources_of, train

TABLES = {"train", "export", "stages", "mix", "balance"}


def read_recipe(path: Path) -> dict:
    """The file's tables.

    `train` has options of that command that all stages share, `export` those of that one;
    `stages` lists stages: `name`, `sources`, options of their own, and `start`, which maps stages
    before to their shares of the model that this one begins with (else the last stage's); `mix`
    maps stages to their shares of the model that comes out (else the last stage's); `balance` has
    the `sources` that its logits' biases are set on, and options of that command.
    """
    try:
        recipe = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise MissingError(f"{path}: no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not TOML: {error}") from None
    unknown = set(recipe) - TABLES
    stages = recipe.get("stages", [])
    if unknown or not stages:
        what = f"unknown table {sorted(unknown)[0]}" if unknown else "no [[stages]]"
        raise DataError(f"{path}: {what}")
    for stage in stages:
        if not isinstance(stage.get("name"), str) or not isinstance(stage.get("sources"), list):
            raise DataError(f"{path}: every stage needs a name and a list of sources")
    names = [stage["name"] for stage in stages]
    if len(set(names)) < len(names):
        raise DataError(f"{path}: two stages have one name")
    mixtures = [("mix", recipe.get("mix", {}), names)]
    mixtures += [
        (f"{s['name']}'s start", s.get("start", {}), names[:n]) for n, s in enumerate(stages)
    ]
    for what, shares, known in mixtures:
        if not isinstance(shares, dict):
            raise DataError(f"{path}: {what} is no table of stages and shares")
        for name in shares:
            if name not in known:
                raise DataError(f"{path}: {what} has {name}, which is no stage before")
    balancing = recipe.get("balance", {"sources": []})
    if not isinstance(balancing, dict) or not isinstance(balancing.get("sources"), list):
        raise DataError(f"{path}: balance needs a list of sources")
    return recipe


def arguments(options: dict) -> list[str]:
    """`{"peak_rate": 1e-3}` as `--peak-rate 0.001`; lists repeat it, tables as NAME=VALUE."""
    words: list[str] = []
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, dict):
            value = [f"{k}={v}" for k, v in value.items()]
        for one in value if isinstance(value, list) else [value]:
            words += [option, str(one)]
    return words


def filled(source: str, data: dict[str, str]) -> str:
    """The source with the folders that stand for its {names}."""
    for name, folder in data.items():
        source = source.replace(f"{{{name}}}", folder)
    if "{" in source:
        raise UsageError(f"{source}: say where that is (--data NAME=FOLDER)")
    return source


def steps_of(
    recipe: dict, data: dict[str, str], work: Path, output: Path
) -> Iterator[tuple[Path, list[list[str]]]]:
    """Each file that is made, and the commands that make it."""

    def mixed(shares: dict[str, float], model: Path) -> tuple[Path, list[list[str]]]:
        models = [f"{work / name}.safetensors@{share}" for name, share in shares.items()]
        return model, [["mix", *models, "-o", str(model)]]

    before: list[str] = []
    for stage in recipe["stages"]:
        if "start" in stage:
            start = work / f"{stage['name']}-start.safetensors"
            yield mixed(stage["start"], start)
            before = ["--start", str(start)]
        own = {k: v for k, v in stage.items() if k not in ("name", "sources", "start")}
        sources = [filled(source, data) for source in stage["sources"]]
        run, model = work / stage["name"], work / f"{stage['name']}.safetensors"
        shared = recipe.get("train", {}) | own
        if "validation" in shared:
            given = shared["validation"]
            given = given if isinstance(given, list) else [given]
            shared["validation"] = [filled(str(source), data) for source in given]
        train = ["train", *sources, "--run", str(run), "--cache", str(work / "cache")]
        export = ["export", str(run), "-o", str(model), *arguments(recipe.get("export", {}))]
        yield model, [[*train, *before, *arguments(shared)], export]
        before = ["--start", str(model)]
    balancing = dict(recipe.get("balance", {}))
    model = work / "unbalanced.safetensors" if balancing else output
    yield mixed(recipe.get("mix") or {recipe["stages"][-1]["name"]: 1}, model)
    if balancing:
        sources = [filled(source, data) for source in balancing.pop("sources")]
        words = ["balance", str(model), *sources, "-o", str(output), *arguments(balancing)]
        yield output, [words]


def check_sources(options: argparse.Namespace) -> None:
    """Opens what a command will read when its turn comes, hours from now."""
    if options.action is train:
        sources_of(options)
    elif options.action is balance:
        for text in options.sources:
            open_source(text)


def make(options: argparse.Namespace) -> None:
    """Makes a model file by a recipe's stages; goes on where it was stopped."""
    steps = list(
        steps_of(read_recipe(options.recipe), dict(options.data), options.work, options.output)
    )
    parsed = [
        (path, [(words, options.parser.parse_args(words)) for words in commands])
        for path, commands in steps
    ]
    due = [
        each
        for path, commands in parsed
        if path == options.output or not path.exists()
        for each in commands
    ]
    if not options.dry_run:
        if not options.output.parent.is_dir():
            raise OSError(f"{options.output}: its folder does not exist")
        for _, command in due:
            check_sources(command)
    for words, command in due:
        print(shlex.join(words), file=sys.stdout if options.dry_run else sys.stderr)
        if not options.dry_run:
            command.action(command)


def folder(text: str) -> tuple[str, str]:
    """NAME=FOLDER."""
    name, found, path = text.partition("=")
    if not (name and found and path):
        raise argparse.ArgumentTypeError(f"{text}: expected NAME=FOLDER")
    return name, path


def add_commands(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("recipe", help=make.__doc__)
    command.set_defaults(action=make)
    command.add_argument("recipe", type=Path, metavar="FILE.toml")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.safetensors")
    command.add_argument(
        "--work", type=Path, required=True, help="folder of the runs, their models and the scenes"
    )
    command.add_argument(
        "--data",
        type=folder,
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="what a {NAME} in the recipe's sources stands for; repeatable",
    )
    command.add_argument("--dry-run", action="store_true", help="only print the commands")
